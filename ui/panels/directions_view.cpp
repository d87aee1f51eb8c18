#include "ui/panels/directions_view.h"

#include <QComboBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>
#include <memory>

#include "ui/exploration.h"
#include "ui/panels/caption.h"
#include "ui/run_controller.h"
#include "ui/selection.h"
#include "ui/selection_summary.h"
#include "ui/theme.h"
#include "ui/widgets/named.h"
#include "ui/widgets/scrolled_column.h"

namespace latent::ui {
namespace {

constexpr int kDirectionSteps = 100;  // of the slider, per whole direction
constexpr int kReach = 3;             // whole directions, to either side
constexpr int kRowsInSight = 3;
constexpr int kRowHeight = 28;

}  // namespace

class DirectionsView::Row : public QWidget {
 public:
  Row(int index, QWidget* parent) : QWidget(parent) {
    const auto objectName = [index](const char* what) {
      return QStringLiteral("%1%2").arg(QLatin1String(what)).arg(index + 1);
    };
    name = new QLineEdit(this);
    name->setObjectName(objectName("directionName"));
    name->setAccessibleName(tr("Name of direction %1").arg(index + 1));
    name->setFrame(false);
    name->setMinimumWidth(60);
    slider = new QSlider(Qt::Horizontal, this);
    slider->setObjectName(objectName("directionSlider"));
    slider->setRange(-kReach * kDirectionSteps, kReach * kDirectionSteps);
    slider->setPageStep(kDirectionSteps / 4);
    slider->setProperty("bipolar", true);
    slider->setMinimumWidth(60);
    amount = new QLabel(this);
    amount->setObjectName(objectName("directionAmount"));
    amount->setFont(Theme::numberFont());
    amount->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    amount->setFixedWidth(amount->fontMetrics().horizontalAdvance(QStringLiteral("−8.88")) + 4);
    menu = new QToolButton(this);
    menu->setObjectName(objectName("directionMenu"));
    menu->setAccessibleName(tr("Actions of direction %1").arg(index + 1));
    menu->setToolTip(tr("Combine, reset or remove this direction"));
    menu->setIcon(themedIcon(QStringLiteral("more")));
    menu->setAutoRaise(true);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Theme::kTight);
    layout->addWidget(name, 1);
    layout->addWidget(slider, 1);
    layout->addWidget(amount);
    layout->addWidget(menu);
  }

  void setAmount(double value) {
    const QSignalBlocker blocker(slider);
    slider->setValue(static_cast<int>(std::lround(value * kDirectionSteps)));
    amount->setText(QString::number(value, 'f', 2).replace(QLatin1Char('-'), QChar(0x2212)));
  }

  QLineEdit* name;
  QSlider* slider;
  QLabel* amount;
  QToolButton* menu;
};

DirectionsView::DirectionsView(RunController* run, ExplorerService* explorer,
                               Exploration* exploration, Selection* selection, QWidget* parent)
    : QWidget(parent),
      m_run(run),
      m_explorer(explorer),
      m_exploration(exploration),
      m_selection(selection),
      m_directions(new Directions(exploration, this)) {
  setObjectName(QStringLiteral("directions"));
  m_new = named(new QPushButton(tr("New…")), "directionNew", tr("New direction"),
                tr("From one set of pictures to another: the difference of their mean codes "
                   "becomes a slider that can be applied to any picture's code."));
  m_hint = makeCaption({});
  auto* line = new QHBoxLayout;
  line->setSpacing(Theme::kSmall);
  line->addWidget(makeHeading(tr("Directions")));
  line->addWidget(m_hint, 1);
  line->addWidget(m_new);
  auto* list = new QWidget;
  m_rowLayout = new QVBoxLayout(list);
  m_rowLayout->setContentsMargins(0, 0, 0, 0);
  m_rowLayout->setSpacing(2);
  m_rowLayout->addStretch(1);
  auto* scroll = new ScrolledColumn(list, "directionScroll");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(Theme::kTight);
  layout->addLayout(line);
  layout->addWidget(scroll);
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);

  connect(m_new, &QPushButton::clicked, this, &DirectionsView::chooseEnds);
  connect(m_directions, &Directions::listChanged, this, [this, scroll] {
    makeRows();
    const int rows = std::min<int>(kRowsInSight, static_cast<int>(m_rows.size()));
    scroll->setVisible(rows > 0);
    scroll->setFixedHeight(rows * (kRowHeight + 2));
  });
  connect(m_directions, &Directions::amountsChanged, this, &DirectionsView::showAmounts);
  emit m_directions->listChanged();
}

void DirectionsView::makeRows() {
  for (Row* row : m_rows) {
    row->hide();
    row->deleteLater();
  }
  m_rows.clear();
  const auto count = static_cast<int>(m_directions->list().size());
  for (int i = 0; i < count; ++i) {
    auto* row = new Row(i, nullptr);
    row->setFixedHeight(kRowHeight);
    const QString& name = m_directions->list()[static_cast<std::size_t>(i)].name;
    row->name->setText(name);
    row->name->setCursorPosition(0);
    row->name->setToolTip(tr("“%1”. Type another name; Enter keeps it.").arg(name));
    row->slider->setAccessibleName(tr("Along “%1”").arg(name));
    row->slider->setToolTip(
        tr("1 is the whole way between the means of the two sets, %1 is as far again.").arg(2));
    m_rowLayout->insertWidget(i, row);
    m_rows.push_back(row);
    connect(row->slider, &QSlider::valueChanged, this,
            [this, i](int value) { m_directions->setAmount(i, double(value) / kDirectionSteps); });
    connect(row->name, &QLineEdit::editingFinished, this, [this, i, row] {
      if (static_cast<std::size_t>(i) < m_directions->list().size() && row->name->isModified()) {
        row->name->setModified(false);
        m_directions->rename(i, row->name->text());
      }
    });
    connect(row->menu, &QToolButton::clicked, this, [this, i, row] { showMenu(i, row->menu); });
  }
  m_hint->setText(count > 0 ? QString() : tr("Two sets of pictures make a slider."));
  showAmounts();
}

void DirectionsView::showAmounts() {
  for (std::size_t i = 0; i < m_rows.size() && i < m_directions->list().size(); ++i) {
    m_rows[i]->setAmount(m_directions->amount(static_cast<int>(i)));
  }
}

void DirectionsView::showMenu(int index, QWidget* button) {
  auto* menu = new QMenu(this);
  menu->setObjectName(QStringLiteral("directionActions"));
  menu->setAttribute(Qt::WA_DeleteOnClose);
  connect(menu->addAction(tr("Rename")), &QAction::triggered, this, [this, index] {
    QLineEdit* name = m_rows[static_cast<std::size_t>(index)]->name;
    name->setFocus();
    name->selectAll();
  });
  connect(menu->addAction(tr("Back to 0")), &QAction::triggered, this,
          [this, index] { m_directions->setAmount(index, 0.0); });
  QMenu* combine = menu->addMenu(tr("Combine with"));
  combine->setObjectName(QStringLiteral("directionCombine"));
  for (std::size_t other = 0; other < m_directions->list().size(); ++other) {
    if (static_cast<int>(other) == index) continue;
    connect(combine->addAction(m_directions->list()[other].name), &QAction::triggered, this,
            [this, index, other] { m_directions->combine(index, static_cast<int>(other)); });
  }
  combine->setEnabled(!combine->isEmpty());
  menu->addSeparator();
  QAction* remove = menu->addAction(themedIcon(QStringLiteral("close")), tr("Remove"));
  connect(remove, &QAction::triggered, this, [this, index] { m_directions->remove(index); });
  menu->popup(button->mapToGlobal(QPoint(0, button->height())));
}

std::vector<DirectionsView::End> DirectionsView::ends() const {
  std::vector<End> result;
  const auto& test = m_run->data().test;
  if (!test) return result;
  if (!m_selection->isEmpty()) {
    result.push_back({tr("selection"), m_selection->indices()});
    End others{tr("all others"), {}};
    for (qint64 row = 0; row < test->size(); ++row) {
      if (!m_selection->marks()->contains(static_cast<std::size_t>(row)))
        others.rows.push_back(row);
    }
    result.push_back(std::move(others));
  }
  if (!m_selection->kept().empty()) result.push_back({tr("kept"), m_selection->kept()});
  for (std::size_t label = 0; label < test->class_names.size(); ++label) {
    End end{QString::fromStdString(test->class_names[label]), {}};
    for (qint64 row = 0; row < test->size(); ++row) {
      if (test->labels[static_cast<std::size_t>(row)] == static_cast<int>(label)) {
        end.rows.push_back(row);
      }
    }
    result.push_back(std::move(end));
  }
  End all{tr("all pictures"), {}};
  for (qint64 row = 0; row < test->size(); ++row) all.rows.push_back(row);
  result.push_back(std::move(all));
  return result;
}

void DirectionsView::chooseEnds() {
  const auto offered = std::make_shared<const std::vector<End>>(ends());
  if (offered->size() < 2) {
    emit errorOccurred(tr("There are no codes yet: train first."));
    return;
  }
  auto* dialog = new QDialog(this);
  dialog->setObjectName(QStringLiteral("directionDialog"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("New direction"));
  auto* from = named(new QComboBox, "directionFrom", tr("From"));
  auto* to = named(new QComboBox, "directionTo", tr("To"));
  for (const End& end : *offered) {
    const QString text =
        tr("%1 (%n pictures)", nullptr, static_cast<int>(end.rows.size())).arg(end.name);
    from->addItem(text);
    to->addItem(text);
  }
  auto* name = named(new QLineEdit, "directionTitle", tr("Name"));
  const auto suggest = [=] {
    if (name->isModified()) return;
    name->setText(QStringLiteral("%1 → %2").arg(
        (*offered)[static_cast<std::size_t>(from->currentIndex())].name,
        (*offered)[static_cast<std::size_t>(to->currentIndex())].name));
  };
  connect(from, &QComboBox::currentIndexChanged, dialog, suggest);
  connect(to, &QComboBox::currentIndexChanged, dialog, suggest);
  // What was kept first is where a direction comes from.
  const bool keptAndSelected = !m_selection->kept().empty() && !m_selection->isEmpty();
  from->setCurrentIndex(keptAndSelected ? 2 : m_selection->isEmpty() ? 0 : 1);
  to->setCurrentIndex(m_selection->isEmpty() ? 1 : 0);
  suggest();
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
  connect(buttons, &QDialogButtonBox::accepted, dialog, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
  auto* form = new QFormLayout;
  form->addRow(tr("From"), from);
  form->addRow(tr("To"), to);
  form->addRow(tr("Name"), name);
  auto* layout = new QVBoxLayout(dialog);
  layout->addWidget(makeCaption(
      tr("The way from the mean code of one set of test pictures to that of the other. It belongs "
         "to the weights it was measured with, and is offered for all codes of %1 numbers.")
          .arg(m_exploration->latentDim())));
  layout->addLayout(form);
  layout->addWidget(buttons);
  connect(dialog, &QDialog::accepted, this, [=, this] {
    make(name->text(), (*offered)[static_cast<std::size_t>(from->currentIndex())].rows,
         (*offered)[static_cast<std::size_t>(to->currentIndex())].rows);
  });
  dialog->open();
}

void DirectionsView::make(const QString& name, const std::vector<qint64>& from,
                          const std::vector<qint64>& to) {
  const auto frame = m_explorer->frame();
  if (!frame) {
    emit errorOccurred(tr("There are no codes yet: train first."));
    return;
  }
  m_explorer->ask(
      "direction", 1,
      [this, name, from, to, frame,
       test = m_run->data().test](const FrozenModel&) -> ExplorerService::Deliver {
        const std::vector<float> start = summarize(frame.get(), *test, from).mean;
        std::vector<float> way = summarize(frame.get(), *test, to).mean;
        if (start.empty() || way.empty()) {
          return [this] {
            emit errorOccurred(tr("One of the two sets has no picture with a code yet."));
          };
        }
        for (std::size_t l = 0; l < way.size(); ++l) way[l] -= start[l];
        return [this, name, way] { m_directions->add(name, way); };
      });
}

}  // namespace latent::ui
