#include "ui/panels/digit_picker.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QVBoxLayout>

#include "ui/panels/caption.h"
#include "ui/theme.h"
#include "ui/widgets/image_grid.h"
#include "ui/widgets/named.h"
#include "ui/widgets/pictures.h"

namespace latent::ui {
namespace {

constexpr std::size_t kPage = 60;

}  // namespace

DigitPicker::DigitPicker(std::shared_ptr<const Dataset> test, const QString& title, QWidget* parent)
    : QDialog(parent), m_test(std::move(test)) {
  setObjectName(QStringLiteral("digitPicker"));
  setWindowTitle(title);
  setAttribute(Qt::WA_DeleteOnClose);
  m_class = named(new QComboBox, "pickerClass", tr("Class"), tr("Show one class only."));
  m_class->addItem(tr("All classes"));
  for (const std::string& name : m_test->class_names) {
    m_class->addItem(QString::fromStdString(name));
  }
  m_class->setVisible(!m_test->class_names.empty());
  m_number = named(new QSpinBox, "pickerNumber", tr("Number of the test picture"),
                   tr("The picture's number in the test part; Enter takes it."));
  m_number->setRange(0, static_cast<int>(m_test->size() - 1));
  auto* take = named(new QPushButton(tr("Take")), "pickerTake", tr("Take this number"));
  auto* more = named(new QPushButton(tr("Others")), "pickerMore", tr("Show other pictures"));
  m_grid = named(new ImageGrid, "pickerGrid", tr("Test pictures"));
  m_grid->setTileSizes(40, 56);
  auto* scroll = new QScrollArea;
  scroll->setWidget(m_grid);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);

  auto* line = new QHBoxLayout;
  line->addWidget(m_class);
  line->addWidget(more);
  line->addStretch(1);
  line->addWidget(new QLabel(tr("Number")));
  line->addWidget(m_number);
  line->addWidget(take);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(makeCaption(tr("Click the picture to take.")));
  layout->addWidget(scroll, 1);
  layout->addLayout(line);
  resize(620, 460);

  connect(m_class, &QComboBox::currentIndexChanged, this, [this] {
    m_from = 0;
    fill();
  });
  connect(more, &QPushButton::clicked, this, &DigitPicker::fill);
  connect(take, &QPushButton::clicked, this, [this] {
    emit picked(m_number->value());
    accept();
  });
  connect(m_grid, &ImageGrid::cellClicked, this, [this](int index) {
    if (index < 0 || static_cast<std::size_t>(index) >= m_shown.size()) return;
    emit picked(m_shown[static_cast<std::size_t>(index)]);
    accept();
  });
  fill();
}

void DigitPicker::fill() {
  m_shown.clear();
  const int wanted = m_class->currentIndex() - 1;
  QVector<ImageGrid::Cell> cells;
  qint64 index = m_from;
  for (; index < m_test->size() && m_shown.size() < kPage; ++index) {
    if (wanted >= 0 && m_test->labels[static_cast<std::size_t>(index)] != wanted) continue;
    m_shown.push_back(index);
    ImageGrid::Cell cell;
    cell.top = imageFromBytes(m_test->image(index), m_test->shape.channels, m_test->shape.height,
                              m_test->shape.width);
    cells.append(cell);
  }
  m_from = index < m_test->size() ? index : 0;
  m_grid->setCells(cells);
}

}  // namespace latent::ui
