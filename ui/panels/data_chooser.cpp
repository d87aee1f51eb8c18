#include "ui/panels/data_chooser.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QScopedValueRollback>
#include <QSignalBlocker>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "latent/left_out_class.h"
#include "ui/panels/caption.h"
#include "ui/run_controller.h"
#include "ui/theme.h"
#include "ui/widgets/named.h"

namespace latent::ui {
namespace {

/// Of data that are not of the catalogue: the last part of their path, and what sets them apart.
QString specificationTitle(const QString& specification) {
  QString title = specification.section(QLatin1Char('/'), -1);
  const QString before = specification.section(QLatin1Char(':'), 0, 0);
  if (before.endsWith(QLatin1Char(']'))) {  // the same folder may be there in two ways
    title += QStringLiteral(" (%1)").arg(before.section(QLatin1Char('['), 1).chopped(1));
  }
  return title;
}

}  // namespace

DataChooser::DataChooser(RunController* run, QWidget* parent) : QWidget(parent), m_run(run) {
  setObjectName(QStringLiteral("dataChooser"));
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(Theme::kTight);
  rows->addWidget(makeHeading(tr("Data")));
  m_data = named(new QComboBox, "data", tr("Data set"), tr("The pictures that are learned from."));
  m_data->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  m_data->setMinimumContentsLength(12);
  auto* open = named(new QToolButton, "openData", tr("Open own pictures"),
                     tr("A folder of pictures (its sub-folders are the classes), an IDX or an NPZ "
                        "file."));
  open->setIcon(themedIcon(QStringLiteral("open")));
  open->setPopupMode(QToolButton::InstantPopup);
  auto* kinds = new QMenu(open);
  kinds->addAction(tr("A folder of pictures…"), this, [this] { emit openRequested(true); });
  kinds->addAction(tr("An IDX or NPZ file…"), this, [this] { emit openRequested(false); });
  open->setMenu(kinds);
  auto* line = new QHBoxLayout;
  line->setSpacing(Theme::kTight);
  line->addWidget(m_data, 1);
  line->addWidget(open);
  rows->addLayout(line);
  m_help = makeCaption({});
  m_help->setObjectName(QStringLiteral("dataHelp"));
  rows->addWidget(m_help);
  rows->addLayout(makeFetchLine());
  connect(m_data, &QComboBox::currentIndexChanged, this, &DataChooser::follow);
}

QLayout* DataChooser::makeFetchLine() {
  m_fetch = named(new QPushButton(tr("Fetch")), "fetch", tr("Fetch the data set"));
  m_fetch->hide();
  m_fetchProgress = named(new QProgressBar, "fetchProgress", tr("Progress of the fetch"));
  m_fetchProgress->setTextVisible(true);
  m_fetchCancel = named(new QToolButton, "fetchCancel", tr("Cancel the fetch"),
                        tr("Cancel; nothing of it is kept."));
  m_fetchCancel->setIcon(themedIcon(QStringLiteral("close")));
  m_fetchProgress->hide();
  m_fetchCancel->hide();
  auto* row = new QHBoxLayout;
  row->setSpacing(Theme::kTight);
  row->addWidget(m_fetch);
  row->addWidget(m_fetchProgress, 1);
  row->addWidget(m_fetchCancel);

  connect(m_fetch, &QPushButton::clicked, this, [this] {
    if (const DataSourceInfo* info = source()) fetch(info->id);
  });
  connect(m_fetchCancel, &QToolButton::clicked, &m_fetchTask, &BackgroundTask::cancel);
  connect(&m_fetchTask, &BackgroundTask::runningChanged, this, [this](bool running) {
    m_fetchProgress->setRange(0, 0);
    m_fetchProgress->setVisible(running);
    m_fetchCancel->setVisible(running);
    follow();
  });
  connect(&m_fetchTask, &BackgroundTask::progressed, this,
          [this](qint64 done, qint64 total, const QString& what) {
            m_fetchProgress->setRange(0, total > 0 ? 1000 : 0);
            if (total > 0) m_fetchProgress->setValue(static_cast<int>(1000 * done / total));
            m_fetchProgress->setToolTip(what);
          });
  return row;
}

QString DataChooser::specification() const {
  return m_data->currentIndex() >= 0 ? m_data->currentData().toString() : m_wanted;
}

QString DataChooser::title() const {
  return m_data->currentIndex() >= 0 ? m_data->currentText() : m_wanted;
}

bool DataChooser::isUsable() const {
  const DataSourceInfo* info = source();
  return m_data->currentIndex() >= 0 && (info == nullptr || info->available);
}

void DataChooser::choose(const QString& specification) {
  const QScopedValueRollback<bool> byProgram(m_byProgram, true);
  m_wanted = specification;
  if (!m_sources.empty()) add(specification);
}

void DataChooser::add(const QString& specification) {
  if (m_data->findData(specification) < 0) {
    QString title = specificationTitle(specification);
    if (const auto left = left_out_class(specification.toStdString())) {
      const QString whole = QString::fromStdString(left->data);
      const int row = m_data->findData(whole);
      title = tr("%1 without class %2")
                  .arg(row >= 0 ? m_data->itemText(row) : specificationTitle(whole))
                  .arg(left->label);
    }
    m_data->addItem(title, specification);
    m_data->setItemData(m_data->count() - 1, specification, Qt::ToolTipRole);
  }
  m_data->setCurrentIndex(m_data->findData(specification));
}

void DataChooser::refresh() {
  m_sourcesTask.start(
      [this](const std::stop_token&, const ProgressFunction&) -> std::function<void()> {
        auto sources = m_run->backend().listSources();
        return [this, sources = std::move(sources)] {
          setSources(sources);
          emit listed();
        };
      },
      [this](const Error& error) {
        emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
      });
}

void DataChooser::setSources(const std::vector<DataSourceInfo>& sources) {
  const QScopedValueRollback<bool> byProgram(m_byProgram, true);
  const QString chosen = specification();
  m_sources = sources;
  {
    const QSignalBlocker blocker(m_data);
    m_data->clear();
    for (const DataSourceInfo& info : m_sources) {
      m_data->addItem(QString::fromStdString(info.title), QString::fromStdString(info.id));
    }
    m_data->setCurrentIndex(0);
    if (!chosen.isEmpty()) add(chosen);
    // What is not there cannot be the first thing a newcomer meets.
    const auto usable = std::find_if(m_sources.begin(), m_sources.end(),
                                     [](const DataSourceInfo& info) { return info.available; });
    if (!m_run->hasRun() && !isUsable() && usable != m_sources.end()) {
      m_data->setCurrentIndex(m_data->findData(QString::fromStdString(usable->id)));
    }
  }
  follow();
}

const DataSourceInfo* DataChooser::source() const {
  const std::string id = m_data->currentData().toString().toStdString();
  const auto found = std::find_if(m_sources.begin(), m_sources.end(),
                                  [&id](const DataSourceInfo& info) { return info.id == id; });
  return found == m_sources.end() ? nullptr : &*found;
}

void DataChooser::describe() {
  const DataSourceInfo* info = source();
  QString help = m_data->currentData().toString();
  if (info != nullptr) {
    help = QString::fromStdString(info->available ? info->description : info->unavailable_because);
  }
  m_help->setText(help);
  m_data->setToolTip(info != nullptr ? QString::fromStdString(info->origin) : help);
  const bool fetchable = info != nullptr && !info->available && info->fetchable;
  m_fetch->setVisible(fetchable && !m_fetchTask.isRunning());
  if (fetchable) m_fetch->setText(tr("Fetch %1").arg(QString::fromStdString(info->title)));
}

void DataChooser::follow() {
  describe();
  emit changed(!m_byProgram);
}

void DataChooser::fetch(const std::string& id) {
  const auto info = std::find_if(m_sources.begin(), m_sources.end(),
                                 [&id](const DataSourceInfo& entry) { return entry.id == id; });
  if (info == m_sources.end()) return;
  m_fetchTask.start(
      [this, id, title = QString::fromStdString(info->title)](
          const std::stop_token& stop, const ProgressFunction& progress) -> std::function<void()> {
        m_run->backend().fetchData(id, progress, stop);
        return [this, id, title] {
          m_wanted = QString::fromStdString(id);
          m_data->setCurrentIndex(m_data->findData(m_wanted));
          refresh();
          emit fetched(title);
        };
      },
      [this](const Error& error) {
        if (error.code() == ErrorCode::Cancelled) return;
        emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
      });
}

}  // namespace latent::ui
