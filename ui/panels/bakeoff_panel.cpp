#include "ui/panels/bakeoff_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDesktopServices>
#include <QFileDialog>
#include <QFormLayout>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QTableWidget>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "latent/data_catalogue.h"
#include "ui/panels/caption.h"
#include "ui/run_controller.h"
#include "ui/theme.h"
#include "ui/widgets/named.h"
#include "ui/widgets/save_menu.h"
#include "ui/widgets/transport_bar.h"

namespace latent::ui {
namespace {

constexpr int kProgressSteps = 1000;

/// "76.12 ± 0.31", and below it what was published.
QString figureText(const BakeoffFigure& figure, const BakeoffColumn& column) {
  QString text = QString::number(figure.mean, 'f', column.decimals);
  if (figure.seeds > 1) {
    text += QStringLiteral(" ± ") + QString::number(figure.deviation, 'f', column.decimals);
  }
  if (figure.published) {
    text += BakeoffPanel::tr("\npublished %1").arg(*figure.published, 0, 'f', column.decimals);
  }
  return text;
}

}  // namespace

BakeoffPanel::BakeoffPanel(RunController* run, QWidget* parent)
    : QWidget(parent, Qt::Window), m_run(run) {
  setObjectName(QStringLiteral("bakeoffPanel"));
  setWindowTitle(tr("Bake-off"));
  setAutoFillBackground(true);
  resize(1080, 640);

  m_data = named(new QComboBox, "bakeoffData", tr("Data set"),
                 tr("Every system is trained and tested on it."));
  m_competitors = named(new QListWidget, "bakeoffSystems", tr("Systems"),
                        tr("The nine of the published bake-off are chosen; any other can join."));
  m_seeds = named(new QSpinBox, "bakeoffSeeds", tr("Seeds"),
                  tr("How often each system is trained, each time from other initial weights: the "
                     "spread says what a difference is worth."));
  m_seeds->setRange(1, 100);
  m_seeds->setValue(3);
  m_epochs = named(new QSpinBox, "bakeoffEpochs", tr("Epochs"),
                   tr("Passes over the training pictures. The published figures are of 60."));
  m_epochs->setRange(1, 10'000);
  m_epochs->setValue(BakeoffConfig::protocol().epochs);
  m_latent = named(new QSpinBox, "bakeoffLatent", tr("Latent size"),
                   tr("Numbers in a code. The published figures are of 20."));
  m_latent->setRange(1, 1024);
  m_latent->setValue(BakeoffConfig::protocol().latent_dim);
  for (const BakeoffTaskInfo& task : bakeoff_tasks()) {
    const QString id = QString::fromStdString(task.id);
    auto* box = named(new QCheckBox(QString::fromStdString(task.title)),
                      ("bakeoff" + id.left(1).toUpper() + id.mid(1)).toUtf8().constData(),
                      QString::fromStdString(task.title), QString::fromStdString(task.help));
    box->setChecked(true);
    m_tasks.emplace_back(task.id, box);
  }
  m_start = named(new QPushButton(tr("Start")), "bakeoffStart", tr("Start or stop"),
                  tr("Stopped at any moment, it goes on where it was."));
  m_report = named(new QPushButton(tr("Report…")), "bakeoffReport", tr("Report"),
                   tr("Table, curves and pictures as a web page of one file."));
  m_choose = named(new QPushButton(tr("Folder…")), "bakeoffFolder", tr("Folder"),
                   tr("Where runs and results are kept; one that holds a bake-off is shown."));
  m_place = makeCaption({});
  m_place->setObjectName(QStringLiteral("bakeoffPlace"));
  m_progress = named(new QProgressBar, "bakeoffProgress", tr("Progress of the bake-off"));
  m_progress->setRange(0, kProgressSteps);
  m_progress->setTextVisible(false);
  m_activity = makeCaption(
      tr("Which autoencoder for which task? Each system is trained by the same protocol and "
         "measured on the same tasks. Double-click a row to explore its run."));
  m_activity->setObjectName(QStringLiteral("bakeoffActivity"));
  m_table = named(new QTableWidget, "bakeoffTable", tr("Results"));
  new SaveMenu(m_table, tr("Bake-off"));
  m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setSelectionMode(QAbstractItemView::SingleSelection);
  m_table->verticalHeader()->hide();
  m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter);
  m_table->setShowGrid(false);
  m_table->setAlternatingRowColors(true);
  m_nothingYet = makeCaption(
      tr("Nothing is measured yet. Start trains each chosen system with each seed and fills the "
         "table row by row; it can be stopped, or killed, and goes on where it was."));
  m_nothingYet->setObjectName(QStringLiteral("bakeoffNothingYet"));
  m_nothingYet->setAlignment(Qt::AlignCenter);
  m_nothingYet->setAttribute(Qt::WA_TransparentForMouseEvents);
  auto* over = new QVBoxLayout(m_table->viewport());
  over->setContentsMargins(Theme::kLarge, Theme::kLarge, Theme::kLarge, Theme::kLarge);
  over->addWidget(m_nothingYet);

  auto* form = new QFormLayout;
  form->setSpacing(Theme::kSmall);
  form->addRow(tr("Data"), m_data);
  form->addRow(tr("Seeds"), m_seeds);
  form->addRow(tr("Epochs"), m_epochs);
  form->addRow(tr("Latent size"), m_latent);
  auto* left = new QVBoxLayout;
  left->setSpacing(Theme::kSmall);
  left->addLayout(form);
  left->addWidget(makeHeading(tr("Systems")));
  left->addWidget(m_competitors, 1);
  for (const auto& [id, box] : m_tasks) left->addWidget(box);
  left->addWidget(m_place);
  auto* buttons = new QHBoxLayout;
  buttons->addWidget(m_start, 1);
  buttons->addWidget(m_choose);
  buttons->addWidget(m_report);
  left->addLayout(buttons);
  auto* right = new QVBoxLayout;
  right->setSpacing(Theme::kSmall);
  right->addWidget(m_activity);
  right->addWidget(m_progress);
  right->addWidget(m_table, 1);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(Theme::kMedium, Theme::kMedium, Theme::kMedium, Theme::kMedium);
  layout->setSpacing(Theme::kLarge);
  layout->addLayout(left);
  layout->addLayout(right, 1);

  connect(m_run, &RunController::engineReady, this, &BakeoffPanel::engineReady);
  connect(m_start, &QPushButton::clicked, this, [this] { isRunning() ? stop() : start(); });
  connect(m_choose, &QPushButton::clicked, this, &BakeoffPanel::chooseFolder);
  connect(m_report, &QPushButton::clicked, this, &BakeoffPanel::openReport);
  connect(&m_task, &BackgroundTask::runningChanged, this, &BakeoffPanel::updateControls);
  connect(&m_task, &BackgroundTask::progressed, this,
          [this](qint64 done, qint64 total, const QString& what) {
            m_progress->setRange(0, total > 0 ? kProgressSteps : 0);
            if (total > 0) m_progress->setValue(static_cast<int>(kProgressSteps * done / total));
            m_activity->setText(what);
          });
  connect(m_table, &QTableWidget::cellDoubleClicked, this, [this](int row, int) {
    if (row < 0 || row >= static_cast<int>(m_shown.competitors.size())) return;
    const auto path =
        bakeoff_run(m_folder, m_shown.competitors[static_cast<std::size_t>(row)].id, 1);
    if (std::filesystem::exists(path)) emit runChosen(QString::fromStdString(path.string()));
  });
  connect(m_data, &QComboBox::currentIndexChanged, this, [this] {
    if (isRunning() || m_data->currentIndex() < 0) return;
    setFolder(user_data_directory() / "bakeoff" / m_data->currentData().toString().toStdString());
  });
  if (m_run->engine() != nullptr) engineReady();
  updateControls();
}

void BakeoffPanel::engineReady() {
  m_competitors->clear();
  for (const BakeoffCompetitor& competitor : bakeoff_competitors(*m_run->engine(), "all,others")) {
    auto* item = new QListWidgetItem(QString::fromStdString(competitor.title), m_competitors);
    item->setData(Qt::UserRole, QString::fromStdString(competitor.id));
    const auto& nine = published_competitors();
    const bool published = std::any_of(nine.begin(), nine.end(),
                                       [&](const auto& each) { return each.id == competitor.id; });
    item->setCheckState(published ? Qt::Checked : Qt::Unchecked);
  }
  m_data->clear();
  for (const DataSourceInfo& source : m_run->backend().listSources()) {
    if (source.available) {
      m_data->addItem(QString::fromStdString(source.title), QString::fromStdString(source.id));
    }
  }
  updateControls();
}

void BakeoffPanel::setFolder(const std::filesystem::path& folder) {
  m_folder = folder;
  m_place->setText(tr("in %1").arg(QString::fromStdString(folder.string())));
  m_place->setToolTip(QString::fromStdString(folder.string()));
  showFolder();
}

/// A folder's results, read beside the window's thread.
void BakeoffPanel::showFolder() {
  m_results.clear();
  m_shown = {};
  fillTable();
  if (!std::filesystem::exists(m_folder / "bakeoff.json")) {
    updateControls();
    return;
  }
  m_task.start(
      [this, folder = m_folder](const std::stop_token&,
                                const ProgressFunction&) -> std::function<void()> {
        const BakeoffConfig config = read_bakeoff_config(folder);
        const auto results = read_bakeoff_results(folder, config);
        return [this, config, results] {
          m_results = results;
          adopt(config);
        };
      },
      [this](const Error& error) {
        if (error.code() != ErrorCode::Cancelled) {
          emit errorOccurred(QString::fromUtf8(error.what()),
                             QString::fromStdString(error.detail()));
        }
      });
}

/// The controls say what the folder's bake-off is.
void BakeoffPanel::adopt(const BakeoffConfig& config) {
  m_shown = config;
  m_seeds->setValue(config.seeds);
  m_epochs->setValue(config.training.epochs);
  m_latent->setValue(config.training.latent_dim);
  for (const auto& [id, box] : m_tasks) box->setChecked(config.has(id));
  for (int i = 0; i < m_competitors->count(); ++i) {
    QListWidgetItem* item = m_competitors->item(i);
    const std::string id = item->data(Qt::UserRole).toString().toStdString();
    const bool among = std::any_of(config.competitors.begin(), config.competitors.end(),
                                   [&](const auto& each) { return each.id == id; });
    item->setCheckState(among ? Qt::Checked : Qt::Unchecked);
  }
  fillTable();
  updateControls();
}

BakeoffConfig BakeoffPanel::config() const {
  BakeoffConfig config;
  config.training.data = m_data->currentData().toString().toStdString();
  config.training.epochs = m_epochs->value();
  config.training.latent_dim = m_latent->value();
  config.seeds = m_seeds->value();
  config.tasks.clear();
  for (const auto& [id, box] : m_tasks) {
    if (box->isChecked()) config.tasks.push_back(id);
  }
  QStringList chosen;
  for (int i = 0; i < m_competitors->count(); ++i) {
    const QListWidgetItem* item = m_competitors->item(i);
    if (item->checkState() == Qt::Checked) chosen << item->data(Qt::UserRole).toString();
  }
  config.competitors =
      bakeoff_competitors(*m_run->engine(), chosen.join(QLatin1Char(',')).toStdString());
  return config;
}

void BakeoffPanel::start() {
  if (m_run->engine() == nullptr) return;
  BakeoffConfig wanted;
  try {
    wanted = config();
  } catch (const Error& error) {
    emit errorOccurred(QString::fromUtf8(error.what()), {});
    return;
  }
  m_shown = wanted;
  m_results.clear();
  fillTable();
  m_task.start(
      [this, wanted, folder = m_folder, engine = m_run->engine(), load = m_run->backend().loadData](
          const std::stop_token& stop, const ProgressFunction& progress) -> std::function<void()> {
        const DataSplit data = load(wanted.training.data, {}, progress, stop);
        BakeoffObserver observer;
        observer.progress = [&](const BakeoffProgress& now) {
          std::string what = now.what;
          if (now.seconds_left > 0.0) {
            what += " · " +
                    tr("%1 left").arg(TransportBar::durationText(now.seconds_left)).toStdString();
          }
          progress(static_cast<std::int64_t>(now.share * kProgressSteps), kProgressSteps, what);
        };
        std::vector<BakeoffResult> so_far;
        observer.result = [&](const BakeoffResult& result) {
          so_far.push_back(result);
          write_bakeoff_report(*engine, folder, wanted, so_far);
          QMetaObject::invokeMethod(
              this,
              [this, so_far] {
                m_results = so_far;
                fillTable();
                updateControls();
              },
              Qt::QueuedConnection);
        };
        run_bakeoff(*engine, data, wanted, folder, observer, stop);
        return [this] { m_activity->setText(tr("Done: every system is measured.")); };
      },
      [this](const Error& error) {
        if (error.code() == ErrorCode::Cancelled) {
          m_activity->setText(tr("Stopped. Start goes on where it was."));
        } else {
          m_activity->setText(QString::fromUtf8(error.what()));
          emit errorOccurred(QString::fromUtf8(error.what()),
                             QString::fromStdString(error.detail()));
        }
      });
}

void BakeoffPanel::stop() {
  m_task.cancel();
}

void BakeoffPanel::chooseFolder() {
  auto* dialog =
      new QFileDialog(this, tr("Folder of a bake-off"), QString::fromStdString(m_folder.string()));
  dialog->setObjectName(QStringLiteral("bakeoffFolderDialog"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::Directory);
  dialog->setOption(QFileDialog::ShowDirsOnly);
  connect(dialog, &QFileDialog::fileSelected, this,
          [this](const QString& path) { setFolder(path.toStdString()); });
  dialog->open();
}

void BakeoffPanel::openReport() {
  QDesktopServices::openUrl(
      QUrl::fromLocalFile(QString::fromStdString((m_folder / "report.html").string())));
}

void BakeoffPanel::fillTable() {
  const auto rows = summarize(m_shown, m_results);
  const auto columns = m_results.empty() ? bakeoff_columns() : measured_columns(rows);
  m_table->clear();
  m_table->setRowCount(static_cast<int>(rows.size()));
  m_table->setColumnCount(static_cast<int>(columns.size()) + 1);
  auto* system = new QTableWidgetItem(tr("System"));
  system->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  m_table->setHorizontalHeaderItem(0, system);
  for (int c = 0; c < static_cast<int>(columns.size()); ++c) {
    const BakeoffColumn& column = columns[static_cast<std::size_t>(c)];
    QString title = QString::fromStdString(column.title);
    if (!column.unit.empty()) title += QLatin1Char('\n') + QString::fromStdString(column.unit);
    auto* header = new QTableWidgetItem(title);
    header->setToolTip(QString::fromStdString(column.help));
    m_table->setHorizontalHeaderItem(c + 1, header);
  }
  for (int r = 0; r < static_cast<int>(rows.size()); ++r) {
    const BakeoffRow& row = rows[static_cast<std::size_t>(r)];
    m_table->setItem(r, 0, new QTableWidgetItem(QString::fromStdString(row.competitor.title)));
    for (int c = 0; c < static_cast<int>(columns.size()); ++c) {
      const BakeoffColumn& column = columns[static_cast<std::size_t>(c)];
      auto* item = new QTableWidgetItem;
      item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
      const auto figure = row.figures.find(column.id);
      if (figure != row.figures.end()) {
        item->setText(figureText(figure->second, column));
        QFont font = Theme::numberFont();
        font.setBold(figure->second.best);
        item->setFont(font);
        const auto remark = row.remarks.find(column.id);
        if (remark != row.remarks.end()) {
          item->setToolTip(QString::fromStdString(remark->second));
        } else if (figure->second.best) {
          item->setToolTip(tr("The best of this column"));
        }
      } else {
        const auto why = row.missing.find(column.id);
        item->setText(QStringLiteral("–"));
        item->setToolTip(why != row.missing.end() ? QString::fromStdString(why->second)
                                                  : tr("Not measured yet."));
      }
      m_table->setItem(r, c + 1, item);
    }
  }
  m_table->resizeColumnsToContents();
  m_table->resizeRowsToContents();
  m_nothingYet->setVisible(m_results.empty());
}

void BakeoffPanel::updateControls() {
  const bool running = isRunning();
  const bool ready = m_run->engine() != nullptr && m_competitors->count() > 0;
  m_start->setText(running ? tr("Stop") : tr("Start"));
  m_start->setEnabled(ready);
  m_choose->setEnabled(!running);
  m_report->setEnabled(std::filesystem::exists(m_folder / "report.html"));
  for (QWidget* control :
       std::initializer_list<QWidget*>{m_data, m_competitors, m_seeds, m_epochs, m_latent}) {
    control->setEnabled(!running);
  }
  for (const auto& [id, box] : m_tasks) box->setEnabled(!running);
  m_progress->setVisible(running);
}

}  // namespace latent::ui
