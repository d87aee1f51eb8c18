#include "ui/panels/selection_panel.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/exploration.h"
#include "ui/panels/caption.h"
#include "ui/run_controller.h"
#include "ui/selection.h"
#include "ui/theme.h"
#include "ui/widgets/count_bars.h"
#include "ui/widgets/image_grid.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/named.h"
#include "ui/widgets/pictures.h"
#include "ui/widgets/save_menu.h"

namespace latent::ui {
namespace {

constexpr int kMeanSide = 108;
constexpr int kTableRows = 4;  // in sight; the others scroll

}  // namespace

SelectionPanel::SelectionPanel(RunController* run, ExplorerService* explorer,
                               Exploration* exploration, Selection* selection, QWidget* parent)
    : QWidget(parent),
      m_run(run),
      m_explorer(explorer),
      m_exploration(exploration),
      m_selection(selection) {
  setObjectName(QStringLiteral("selectionPanel"));
  m_headline = makeHeading({});
  m_headline->setObjectName(QStringLiteral("selectionCount"));
  m_headline->setWordWrap(true);
  m_clear = named(new QPushButton(tr("Clear")), "selectionClear", tr("Clear the selection"),
                  tr("Nothing is selected any more. Esc on the map does the same."));
  m_keep = named(new QPushButton(tr("Keep")), "selectionKeep", tr("Keep for a direction"),
                 tr("Remembers these pictures as one end of a direction: then select others, and "
                    "make the direction in the panel “Decoded”."));
  m_export = named(new QPushButton(tr("Export CSV…")), "selectionExport",
                   tr("Export the selection as CSV"),
                   tr("The rows of the test part and of the source, labels and codes of the "
                      "selected pictures."));
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(Theme::kSmall);
  buttons->addWidget(m_clear);
  buttons->addWidget(m_keep);
  buttons->addWidget(m_export);
  buttons->addStretch(1);

  m_mean = named(new ImageView, "selectionMean", tr("Mean picture of the selection"),
                 tr("The mean of the selected pictures, pixel by pixel."));
  m_mean->setFixedSize(kMeanSide, kMeanSide + Theme::kLarge);
  m_mean->setCaption(tr("mean picture"));
  m_counts = named(new CountBars, "selectionClasses", tr("Selected pictures per class"));
  auto* facts = new QHBoxLayout;
  facts->setSpacing(Theme::kMedium);
  facts->addWidget(m_mean, 0, Qt::AlignTop);
  facts->addWidget(m_counts, 1, Qt::AlignTop);

  m_codes = named(new QTableWidget(0, 3), "selectionCodes", tr("Codes of the selection"),
                  tr("Mean and spread (standard deviation) of each latent number over the "
                     "selected pictures, beside the spread over all."));
  new SaveMenu(m_codes, tr("Codes of the selection"));
  m_codes->setHorizontalHeaderLabels({tr("mean"), tr("spread"), tr("spread of all")});
  m_codes->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  m_codes->verticalHeader()->setDefaultSectionSize(Theme::kLarge);
  m_codes->setEditTriggers(QAbstractItemView::NoEditTriggers);
  m_codes->setSelectionMode(QAbstractItemView::NoSelection);

  m_shownLine = makeCaption({});
  m_shownLine->setObjectName(QStringLiteral("selectionShown"));
  m_grid = named(new ImageGrid, "selectionGrid", tr("Selected pictures"),
                 tr("Click a picture to go to its code."));
  m_grid->setTileSizes(28, 44);
  auto* scroll = new QScrollArea;
  scroll->setObjectName(QStringLiteral("selectionScroll"));
  scroll->setWidget(m_grid);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);

  m_details = new QWidget;
  auto* details = new QVBoxLayout(m_details);
  details->setContentsMargins(0, 0, 0, 0);
  details->setSpacing(Theme::kSmall);
  details->addLayout(facts);
  details->addWidget(m_codes);
  details->addWidget(m_shownLine);
  details->addWidget(scroll, 1);

  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(Theme::kMedium, Theme::kSmall, Theme::kMedium, Theme::kSmall);
  layout->setSpacing(Theme::kSmall);
  layout->addWidget(m_headline);
  layout->addLayout(buttons);
  layout->addWidget(m_details, 1);
  layout->addStretch(0);

  connect(m_clear, &QPushButton::clicked, m_selection, &Selection::clear);
  connect(m_keep, &QPushButton::clicked, m_selection, &Selection::keep);
  connect(m_export, &QPushButton::clicked, this, &SelectionPanel::chooseExport);
  connect(m_selection, &Selection::changed, this, &SelectionPanel::showSelection);
  connect(m_selection, &Selection::keptChanged, this, &SelectionPanel::showSelection);
  connect(m_explorer, &ExplorerService::mapReady, this, &SelectionPanel::askSummary);
  connect(m_grid, &ImageGrid::cellClicked, this, [this](int cell) {
    if (cell >= 0 && static_cast<std::size_t>(cell) < m_shown.size()) {
      m_exploration->goToDigit(m_shown[static_cast<std::size_t>(cell)]);
    }
  });
  showSelection();
}

void SelectionPanel::showSelection() {
  const qint64 count = m_selection->count();
  const bool any = count > 0;
  const QLocale locale;
  QString headline =
      any ? tr("%1 of %2 test pictures selected")
                .arg(locale.toString(count), locale.toString(m_selection->size()))
          : tr("Nothing is selected. Use Lasso (L), Box (B) or Brush (R) on the map; Shift adds, "
               "Alt takes away.");
  if (!m_selection->kept().empty()) {
    headline += tr(" · %1 kept").arg(locale.toString(qint64(m_selection->kept().size())));
  }
  m_headline->setText(headline);
  for (QPushButton* button : {m_clear, m_keep, m_export}) button->setEnabled(any);
  m_details->setVisible(any);
  m_shown = m_selection->indices();
  m_shown.resize(std::min(m_shown.size(), static_cast<std::size_t>(kShown)));
  QVector<ImageGrid::Cell> cells;
  if (const auto& test = m_run->data().test) {
    for (const qint64 index : m_shown) {
      ImageGrid::Cell cell;
      cell.top = imageFromBytes(test->image(index), test->shape.channels, test->shape.height,
                                test->shape.width);
      cells.append(cell);
    }
  }
  m_grid->setCells(cells);
  m_shownLine->setText(
      qint64(m_shown.size()) < count
          ? tr("%1 of %2 shown")
                .arg(locale.toString(qint64(m_shown.size())), locale.toString(count))
          : tr("all %1 shown").arg(locale.toString(count)));
  askSummary();
}

void SelectionPanel::askSummary() {
  const auto test = m_run->data().test;
  if (m_selection->isEmpty() || !test) return;
  m_explorer->ask("selection", 4,
                  [this, test, frame = m_explorer->frame(),
                   marks = m_selection->marks()](const FrozenModel&) -> ExplorerService::Deliver {
                    std::vector<qint64> indices;
                    for (std::size_t i = 0; i < marks->marks.size(); ++i) {
                      if (marks->marks[i] != 0) indices.push_back(static_cast<qint64>(i));
                    }
                    return [this, marks, summary = summarize(frame.get(), *test, indices)] {
                      if (marks == m_selection->marks()) showSummary(summary);
                    };
                  });
}

void SelectionPanel::showSummary(const SelectionSummary& summary) {
  const auto& test = m_run->data().test;
  if (!test) return;
  m_mean->setImage(imageFromFloats(summary.picture, test->shape.channels, test->shape.height,
                                   test->shape.width));
  QVector<CountBars::Entry> entries;
  for (std::size_t i = 0; i < summary.perClass.size(); ++i) {
    entries.append(
        {QString::fromStdString(test->class_names[i]), summary.perClass[i], static_cast<int>(i)});
  }
  entries.append({tr("no label"), summary.unlabelled, -1});
  m_counts->setEntries(entries);

  const auto frame = m_explorer->frame();
  m_codes->setRowCount(static_cast<int>(summary.mean.size()));
  m_codes->setVisible(!summary.mean.empty());
  for (std::size_t l = 0; l < summary.mean.size(); ++l) {
    const auto row = static_cast<int>(l);
    const auto set = [&](int column, float value) {
      QTableWidgetItem* item = m_codes->item(row, column);
      if (item == nullptr) {
        item = new QTableWidgetItem;
        item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
        m_codes->setItem(row, column, item);
      }
      item->setText(QString::number(double(value), 'f', 2));
    };
    if (m_codes->verticalHeaderItem(row) == nullptr) {
      m_codes->setVerticalHeaderItem(row, new QTableWidgetItem(QStringLiteral("z%1").arg(row + 1)));
    }
    set(0, summary.mean[l]);
    set(1, summary.deviation[l]);
    if (frame && l < frame->deviation.size()) set(2, frame->deviation[l]);
  }
  const int rows = std::min(kTableRows, m_codes->rowCount());
  m_codes->setFixedHeight(m_codes->horizontalHeader()->sizeHint().height() + rows * Theme::kLarge +
                          2 * m_codes->frameWidth());
}

void SelectionPanel::chooseExport() {
  QString path = QFileDialog::getSaveFileName(this, tr("Export the selection"),
                                              QDir::home().filePath("selection.csv"),
                                              tr("Comma-separated values (*.csv)"));
  if (path.isEmpty()) return;
  if (QFileInfo(path).suffix().isEmpty()) path += QStringLiteral(".csv");
  exportTo(path);
}

void SelectionPanel::exportTo(const QString& path) {
  const auto frame = m_explorer->frame();
  if (!frame) {
    emit errorOccurred(tr("There are no codes to save yet: train first."), {});
    return;
  }
  m_exporting.start(
      [this, path, frame, data = m_run->data(), indices = m_selection->indices()](
          const std::stop_token&, const ProgressFunction&) -> std::function<void()> {
        writeSelectionCsv(path.toStdString(), *frame, data, indices);
        return [this, path] { emit exported(path); };
      },
      [this](const Error& error) {
        emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
      });
}

}  // namespace latent::ui
