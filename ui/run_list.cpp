#include "ui/run_list.h"

#include <QFont>
#include <QLocale>
#include <QUndoCommand>
#include <algorithm>
#include <cmath>
#include <utility>

#include "latent/kept_epochs.h"
#include "ui/explored_run.h"
#include "ui/panels/comparison_panel.h"
#include "ui/run_controller.h"

namespace latent::ui {
namespace {

constexpr int kRefreshMilliseconds = 400;
constexpr int kCopyMilliseconds = 30;
constexpr int kUndoSteps = 64;  // a removed run stays in memory as long

QString stateText(const Progress& progress) {
  switch (progress.state) {
    case SessionState::Running:
      return RunList::tr("training");
    case SessionState::Finished:
      return RunList::tr("finished");
    case SessionState::Failed:
      return RunList::tr("stopped by an error");
    default:
      return progress.step == 0 ? RunList::tr("not trained yet") : RunList::tr("paused");
  }
}

}  // namespace

/// Gives a run another name, and its old one back.
class RenameRun : public QUndoCommand {
 public:
  RenameRun(RunList* list, int id, QString name)
      : QUndoCommand(RunList::tr("rename run")), m_list(list), m_id(id), m_name(std::move(name)) {}
  void redo() override { exchange(); }
  void undo() override { exchange(); }

 private:
  void exchange() {
    const int row = m_list->rowOf(m_id);
    if (row < 0) return;
    std::swap(m_list->m_entries[static_cast<std::size_t>(row)].name, m_name);
    const QModelIndex at = m_list->index(row, RunList::Name);
    emit m_list->dataChanged(at, at);
  }

  RunList* m_list;
  int m_id;
  QString m_name;
};

/// Takes a held run off the list and keeps it, paused, for as long as this can be undone.
class RemoveRun : public QUndoCommand {
 public:
  RemoveRun(RunList* list, int id)
      : QUndoCommand(RunList::tr("remove run")), m_list(list), m_id(id) {}
  ~RemoveRun() override { m_list->endLater(std::move(m_entry.held)); }
  void redo() override {
    m_row = m_list->rowOf(m_id);
    auto& entries = m_list->m_entries;
    if (m_row < 0 || !entries[static_cast<std::size_t>(m_row)].held) {
      setObsolete(true);  // it is looked at meanwhile
      return;
    }
    m_list->beginRemoveRows({}, m_row, m_row);
    m_entry = std::move(entries[static_cast<std::size_t>(m_row)]);
    entries.erase(entries.begin() + m_row);
    m_list->endRemoveRows();
    m_entry.held->session->pause();
    for (const AwaitedCopy& copy : std::exchange(m_entry.held->copies, {})) {
      const Error gone(ErrorCode::Cancelled, "The run was taken off the list meanwhile.");
      copy.done(&gone);
    }
  }
  void undo() override {
    if (!m_entry.held) return;
    m_row = std::min(m_row, m_list->rowCount());
    m_list->beginInsertRows({}, m_row, m_row);
    m_list->m_entries.insert(m_list->m_entries.begin() + m_row, std::move(m_entry));
    m_list->endInsertRows();
  }

 private:
  RunList* m_list;
  int m_id;
  int m_row = -1;
  RunList::Entry m_entry;
};

RunList::RunList(ExploredRun* current, ComparisonPanel* comparison, QObject* parent)
    : QAbstractTableModel(parent), m_current(current), m_comparison(comparison) {
  m_undo.setUndoLimit(kUndoSteps);
  m_current->run()->setKeeper(
      [this](std::unique_ptr<HeldRun> held) { keep(&m_currentId, std::move(held)); });
  m_comparison->setKeeper(
      [this](std::unique_ptr<HeldRun> held) { keep(&m_besideId, std::move(held)); });
  connect(m_current->run(), &RunController::runChanged, this,
          [this] { runAppeared(&m_currentId, *m_current->run()); });
  connect(m_comparison, &ComparisonPanel::besideChanged, this,
          [this] { runAppeared(&m_besideId, *m_comparison->beside()->run()); });
  m_timer.setInterval(kRefreshMilliseconds);
  connect(&m_timer, &QTimer::timeout, this, &RunList::refresh);
  m_timer.start();
  m_copyTimer.setInterval(kCopyMilliseconds);
  connect(&m_copyTimer, &QTimer::timeout, this, &RunList::answerCopies);
}

RunList::~RunList() {
  m_undo.clear();
  m_entries.clear();
}

int RunList::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
}

int RunList::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : int{ColumnCount};
}

RunController* RunList::controllerOf(const Entry& entry) const {
  if (entry.held) return nullptr;
  if (entry.id == m_currentId) return m_current->run();
  return m_comparison->beside() != nullptr ? m_comparison->beside()->run() : nullptr;
}

Progress RunList::progressOf(const Entry& entry) const {
  if (entry.held) return entry.held->session->progress();
  const RunController* run = controllerOf(entry);
  return run != nullptr ? run->progress() : Progress{};
}

const std::vector<LossPoint>& RunList::historyOf(const Entry& entry) const {
  static const std::vector<LossPoint> none;
  if (entry.held) return entry.held->history;
  const RunController* run = controllerOf(entry);
  return run != nullptr ? run->history() : none;
}

QVariant RunList::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const Entry& entry = m_entries[static_cast<std::size_t>(index.row())];
  if (role == Qt::FontRole && entry.id == m_currentId) {
    QFont font;
    font.setWeight(QFont::DemiBold);
    return font;
  }
  if (role == Qt::ToolTipRole) {
    switch (place(index.row())) {
      case Place::Current:
        return tr("The panels show this run.");
      case Place::Beside:
        return tr("This run stands beside the current one.");
      default:
        return tr("Double click: the panels show this run.");
    }
  }
  if (role == Qt::TextAlignmentRole && index.column() >= Epoch) {
    return QVariant::fromValue(Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
  }
  if (role != Qt::DisplayRole && role != Qt::EditRole) return {};
  const Progress progress = progressOf(entry);
  switch (index.column()) {
    case Name:
      return entry.name;
    case System: {
      if (entry.held) return QString::fromStdString(entry.held->session->model().title);
      const RunController* run = controllerOf(entry);
      return run != nullptr && run->hasRun() ? QString::fromStdString(run->model()->title)
                                             : QString();
    }
    case State:
      return stateText(progress);
    case Epoch:
      return QLocale().toString(progress.epoch, 'f', 1);
    default:
      return std::isfinite(entry.best) ? QLocale().toString(entry.best, 'f', 2) : QString();
  }
}

QVariant RunList::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  const QString titles[] = {tr("Name"), tr("System"), tr("State"), tr("Epoch"), tr("Best loss")};
  if (role == Qt::DisplayRole && section < ColumnCount) return titles[section];
  if (role == Qt::ToolTipRole && section == Best) {
    return tr("The lowest validation loss so far, in nats per image");
  }
  return {};
}

Qt::ItemFlags RunList::flags(const QModelIndex& index) const {
  const Qt::ItemFlags flags = QAbstractTableModel::flags(index);
  return index.column() == Name ? flags | Qt::ItemIsEditable : flags;
}

bool RunList::setData(const QModelIndex& index, const QVariant& value, int role) {
  const QString name = value.toString().trimmed();
  if (role != Qt::EditRole || !index.isValid() || index.column() != Name || name.isEmpty() ||
      name == this->name(index.row())) {
    return false;
  }
  m_undo.push(new RenameRun(this, m_entries[static_cast<std::size_t>(index.row())].id, name));
  return true;
}

RunList::Place RunList::place(int row) const {
  const int id = m_entries[static_cast<std::size_t>(row)].id;
  return id == m_currentId ? Place::Current : id == m_besideId ? Place::Beside : Place::Held;
}

int RunList::rowOf(int id) const {
  const auto found = std::find_if(m_entries.begin(), m_entries.end(),
                                  [id](const Entry& entry) { return entry.id == id; });
  return found == m_entries.end() ? -1 : static_cast<int>(found - m_entries.begin());
}

int RunList::rowOfFile(const std::filesystem::path& path) const {
  for (int row = 0; row < rowCount(); ++row) {
    const Entry& entry = m_entries[static_cast<std::size_t>(row)];
    const RunController* run = controllerOf(entry);
    if (entry.held ? entry.held->autosavePath == path
                   : run != nullptr && run->autosavePath() == path) {
      return row;
    }
  }
  return -1;
}

const std::vector<LossPoint>& RunList::history(int row) const {
  return historyOf(m_entries[static_cast<std::size_t>(row)]);
}

const std::vector<LossPoint>& RunList::parentHistory(int row) const {
  const Entry& entry = m_entries[static_cast<std::size_t>(row)];
  return entry.held ? entry.held->parentHistory : controllerOf(entry)->parentHistory();
}

std::filesystem::path RunList::file(int row) const {
  const Entry& entry = m_entries[static_cast<std::size_t>(row)];
  return entry.held ? entry.held->autosavePath : controllerOf(entry)->autosavePath();
}

QString RunList::freeName(const QString& wish) const {
  const auto taken = [this](const QString& name) {
    return std::any_of(m_entries.begin(), m_entries.end(),
                       [&](const Entry& entry) { return entry.name == name; });
  };
  QString name = wish;
  for (int number = 2; taken(name); ++number) name = QStringLiteral("%1 %2").arg(wish).arg(number);
  return name;
}

int RunList::append(const QString& name, std::unique_ptr<HeldRun> held) {
  const int row = rowCount();
  beginInsertRows({}, row, row);
  Entry entry;
  entry.id = m_nextId++;
  entry.name = freeName(name);
  entry.held = std::move(held);
  m_entries.push_back(std::move(entry));
  endInsertRows();
  return m_entries.back().id;
}

/// The run that was at `place` makes room. It rests when another begins; it trains on when the
/// person only looks at another.
void RunList::keep(int* place, std::unique_ptr<HeldRun> held) {
  const int row = rowOf(std::exchange(*place, -1));
  if (row < 0) {
    endLater(std::move(held));
    return;
  }
  if (m_shownId < 0) held->session->pause();
  m_entries[static_cast<std::size_t>(row)].held = std::move(held);
  refresh();
  emit dataChanged(index(row, Name), index(row, Best));
}

void RunList::runAppeared(int* place, const RunController& run) {
  *place = m_shownId >= 0 ? m_shownId : append(QString::fromStdString(run.model()->title), nullptr);
  refresh();
  const int row = rowOf(*place);
  emit dataChanged(index(row, Name), index(row, Best));
}

void RunList::show(int row) {
  Entry& entry = m_entries[static_cast<std::size_t>(row)];
  if (!entry.held) return;
  m_shownId = entry.id;
  m_current->run()->show(std::move(entry.held));
  m_shownId = -1;
}

void RunList::showBeside(int row) {
  Entry& entry = m_entries[static_cast<std::size_t>(row)];
  if (!entry.held) return;
  m_shownId = entry.id;
  m_comparison->showBeside(std::move(entry.held));
  m_shownId = -1;
}

void RunList::replace(std::vector<Loaded> runs, int shown, int beside) {
  m_undo.clear();
  m_comparison->closeBeside();
  beginResetModel();
  for (Entry& entry : m_entries) endLater(std::move(entry.held));
  m_entries.clear();
  // What the panels show makes room when another is shown, and belongs to no row then.
  m_currentId = -1;
  m_besideId = -1;
  endResetModel();
  for (Loaded& run : runs) append(run.name, std::move(run.held));
  if (shown >= 0 && shown < rowCount()) show(shown);
  if (beside >= 0 && beside < rowCount() && beside != shown) showBeside(beside);
  refresh();
}

void RunList::open(const std::vector<std::filesystem::path>& paths) {
  if (paths.empty()) return;
  m_opening.start(
      [this, paths, data = m_current->run()->data()](
          const std::stop_token& stop, const ProgressFunction& progress) -> std::function<void()> {
        auto loaded = m_current->run()->load(paths.front(), data, progress, stop);
        loaded->mark = RunStore::mark(loaded->autosavePath);
        return [this, loaded, rest = std::vector(paths.begin() + 1, paths.end())] {
          const QString name = QString::fromStdString(loaded->session->model().title);
          append(name, std::make_unique<HeldRun>(std::move(*loaded)));
          refresh();
          open(rest);
        };
      },
      [this, rest = std::vector(paths.begin() + 1, paths.end())](const Error& error) {
        if (error.code() == ErrorCode::Cancelled) return;
        emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
        QMetaObject::invokeMethod(
            this, [this, rest] { open(rest); }, Qt::QueuedConnection);
      });
}

void RunList::swapSides() {
  RunController* left = m_current->run();
  RunController* right =
      m_comparison->beside() != nullptr ? m_comparison->beside()->run() : nullptr;
  if (right == nullptr || !left->hasRun() || !right->hasRun()) return;
  auto first = left->release();
  auto second = right->release();
  std::swap(m_currentId, m_besideId);
  m_shownId = m_currentId;
  left->show(std::move(second));
  m_shownId = m_besideId;
  right->show(std::move(first));
  m_shownId = -1;
}

void RunList::togglePlay(int row) {
  const Entry& entry = m_entries[static_cast<std::size_t>(row)];
  if (RunController* run = controllerOf(entry)) {
    run->togglePlay();
  } else if (entry.held) {
    Session& session = *entry.held->session;
    session.progress().state == SessionState::Running ? session.pause() : session.play();
  }
}

void RunList::remove(int row) {
  const Entry& entry = m_entries[static_cast<std::size_t>(row)];
  if (entry.held) m_undo.push(new RemoveRun(this, entry.id));
}

void RunList::duplicate(int row) {
  const Entry& entry = m_entries[static_cast<std::size_t>(row)];
  const RunController* run = controllerOf(entry);
  const QString name = tr("%1 copy").arg(entry.name);
  const TrainingConfig config = run != nullptr ? run->config() : entry.held->config;
  const std::filesystem::path path = m_current->run()->store().newRunPath(config);
  const std::filesystem::path original =
      run != nullptr ? run->autosavePath() : entry.held->autosavePath;
  saveCopy(row, path, [this, original, path, name](const Error* failed) {
    if (failed == nullptr) {
      loadDuplicate(original, path, name);
    } else {
      emit errorOccurred(QString::fromUtf8(failed->what()),
                         QString::fromStdString(failed->detail()));
    }
  });
}

void RunList::saveCopy(int row, const std::filesystem::path& path,
                       std::function<void(const Error* failed)> done) {
  Entry& entry = m_entries[static_cast<std::size_t>(row)];
  if (RunController* run = controllerOf(entry)) {
    run->saveCopy(path, std::move(done));
    return;
  }
  // Nobody takes the answers of a held run: they are looked for.
  entry.held->saveCopy(path, std::move(done));
  m_copyTimer.start();
}

void RunList::answerCopies() {
  bool waiting = false;
  for (std::size_t at = 0; at < m_entries.size(); ++at) {
    if (!m_entries[at].held) continue;
    m_entries[at].held->answerCopies();
    // Whoever was answered may have changed the list.
    waiting = waiting ||
              (at < m_entries.size() && m_entries[at].held && !m_entries[at].held->copies.empty());
  }
  if (!waiting) m_copyTimer.stop();
}

void RunList::loadDuplicate(const std::filesystem::path& original,
                            const std::filesystem::path& path, const QString& name) {
  m_loading.start(
      [this, original, path, name, data = m_current->run()->data()](
          const std::stop_token& stop, const ProgressFunction& progress) -> std::function<void()> {
        share_kept_epochs(original, path);
        auto loaded = m_current->run()->load(path, data, progress, stop);
        // Nobody looks at it yet: a crash would forget it, and the next run remove its epochs.
        loaded->mark = RunStore::mark(path);
        return [this, loaded, name] {
          append(name, std::make_unique<HeldRun>(std::move(*loaded)));
          refresh();
        };
      },
      [this](const Error& error) {
        if (error.code() == ErrorCode::Cancelled) return;
        emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
      });
}

void RunList::refresh() {
  for (Entry& entry : m_entries) {
    if (entry.held) entry.held->collect();
    const std::vector<LossPoint>& history = historyOf(entry);
    if (entry.scanned > history.size()) {  // it began again
      entry.scanned = 0;
      entry.best = std::numeric_limits<double>::infinity();
    }
    for (; entry.scanned < history.size(); ++entry.scanned) {
      const LossPoint& point = history[entry.scanned];
      if (point.part == LossPoint::Part::Validation) {
        entry.best = std::min(entry.best, double{point.total});
      }
    }
  }
  // Not the names: one may be just being typed.
  if (!m_entries.empty()) emit dataChanged(index(0, State), index(rowCount() - 1, Best));
}

void RunList::endLater(std::unique_ptr<HeldRun> held) {
  if (!held) return;
  // Its end saves and joins, which may take the disk's time: not on this thread.
  m_ending.emplace_back([run = std::move(held)]() mutable { run.reset(); });
}

void RunList::shutDown(std::function<void()> done) {
  m_timer.stop();
  m_loading.cancel();
  m_opening.cancel();
  m_undo.clear();
  beginResetModel();
  for (Entry& entry : m_entries) endLater(std::move(entry.held));
  m_entries.clear();
  endResetModel();
  m_ending.push_back(
      std::jthread([this, done = std::move(done), before = std::exchange(m_ending, {})]() mutable {
        before.clear();  // joins
        QMetaObject::invokeMethod(this, std::move(done), Qt::QueuedConnection);
      }));
}

}  // namespace latent::ui
