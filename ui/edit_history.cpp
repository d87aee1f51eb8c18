#include "ui/edit_history.h"

#include <QScopedValueRollback>
#include <QUndoCommand>
#include <QUndoStack>
#include <utility>

#include "ui/panels/experiment_panel.h"
#include "ui/plots/latent_map.h"
#include "ui/run_controller.h"
#include "ui/selection.h"

namespace latent::ui {
namespace {

constexpr qint64 kAtOnce = 700;  // milliseconds between two parts of one change

}  // namespace

/// A change that has already been made when it comes onto the stack.
class WatchedChange : public QUndoCommand {
 public:
  WatchedChange(EditHistory* history, EditHistory::Kind kind, QString what, const QString& text,
                std::function<void()> back, std::function<void()> again)
      : QUndoCommand(text),
        m_history(history),
        m_kind(kind),
        m_what(std::move(what)),
        m_back(std::move(back)),
        m_again(std::move(again)),
        m_run(history->m_runNumber),
        m_at(history->m_clock.elapsed()) {}

  int id() const override { return m_kind; }

  bool mergeWith(const QUndoCommand* other) override {
    const auto* next = static_cast<const WatchedChange*>(other);
    if (next->m_what != m_what || next->m_run != m_run || next->m_at - m_at > kAtOnce) return false;
    m_again = next->m_again;
    m_at = next->m_at;
    return true;
  }

  void undo() override { apply(m_back); }

  void redo() override {
    if (!std::exchange(m_made, true)) return;
    apply(m_again);
  }

 private:
  void apply(const std::function<void()>& change) {
    if (m_run != m_history->m_runNumber) {
      setObsolete(true);
      return;
    }
    const QScopedValueRollback<bool> applying(m_history->m_applying, true);
    change();
    m_history->m_applied = true;
  }

  EditHistory* m_history;
  EditHistory::Kind m_kind;
  QString m_what;
  std::function<void()> m_back;
  std::function<void()> m_again;
  int m_run;
  qint64 m_at;
  bool m_made = false;
};

EditHistory::EditHistory(QUndoStack* stack, RunController* run, Selection* selection,
                         LatentMap* map, ExperimentPanel* experiment, QObject* parent)
    : QObject(parent),
      m_stack(stack),
      m_run(run),
      m_selection(selection),
      m_map(map),
      m_experiment(experiment) {
  m_clock.start();
  m_settings = m_experiment->config();
  m_view = {m_map->view(), m_map->isFollowing()};
  connect(m_selection, &Selection::changed, this, &EditHistory::selectionChanged);
  connect(m_map, &LatentMap::viewChanged, this, &EditHistory::viewChanged);
  connect(m_map, &LatentMap::followingChanged, this, &EditHistory::viewChanged);
  connect(m_run, &RunController::knobTurned, this, &EditHistory::knobTurned);
  connect(m_run, &RunController::runChanged, this, &EditHistory::runChanged);
  connect(m_experiment, &ExperimentPanel::settingsChanged, this, &EditHistory::settingsChanged);
}

void EditHistory::record(Kind kind, const QString& what, const QString& text,
                         std::function<void()> back, std::function<void()> again) {
  m_stack->push(new WatchedChange(this, kind, what, text, std::move(back), std::move(again)));
}

void EditHistory::selectionChanged() {
  const std::vector<qint64> before = std::exchange(m_selected, m_selection->indices());
  if (m_applying) return;
  const auto select = [this](const std::vector<qint64>& rows) {
    return [this, rows] { m_selection->apply(rows, SelectMode::Replace); };
  };
  record(SelectionChange, QStringLiteral("selection"), tr("selection"), select(before),
         select(m_selected));
}

void EditHistory::viewChanged() {
  const View now{m_map->view(), m_map->isFollowing()};
  const View before = std::exchange(m_view, now);
  const bool resized = std::exchange(m_mapSize, m_map->size()) != m_map->size();
  // What the view does by itself, following the points or the window's size, is no change.
  if (m_applying || resized || (now.following && before.following)) return;
  record(
      ViewChange, QStringLiteral("view"), tr("view"), [this, before] { show(before); },
      [this, now] { show(now); });
}

void EditHistory::show(const View& view) {
  m_map->setView(view.area);
  m_map->setFollowing(view.following);
}

void EditHistory::knobTurned(const QString& id, double value) {
  const std::string knob = id.toStdString();
  const auto known = m_knobs.find(knob);
  const double before = known != m_knobs.end() ? known->second : value;
  m_knobs[knob] = value;
  if (m_applying || before == value) return;
  const auto turn = [this, knob](double to) {
    return [this, knob, to] { m_run->setKnob(knob, to); };
  };
  const Hyperparameter* hyperparameter = find_hyperparameter(*m_run->model(), knob);
  record(KnobChange, id,
         hyperparameter != nullptr ? QString::fromStdString(hyperparameter->title)
                                   : tr("learning rate"),
         turn(before), turn(value));
}

void EditHistory::settingsChanged(bool byPerson) {
  const TrainingConfig before = std::exchange(m_settings, m_experiment->config());
  if (!byPerson || m_experiment->areSameSettings(before, m_settings)) return;
  TrainingConfig otherGoal = before;
  otherGoal.epochs = m_settings.epochs;
  const bool isGoal = m_experiment->areSameSettings(otherGoal, m_settings);
  const auto set = [this](const TrainingConfig& settings) {
    return [this, settings] {
      m_experiment->setSettings(settings);
      m_settings = m_experiment->config();
    };
  };
  record(SettingChange, isGoal ? QStringLiteral("epochs") : QStringLiteral("settings"),
         isGoal ? tr("number of epochs") : tr("settings"), set(before), set(m_settings));
}

void EditHistory::runChanged() {
  ++m_runNumber;
  m_settings = m_experiment->config();
  m_knobs.clear();
  if (!m_run->hasRun()) return;
  m_knobs["learning_rate"] = m_run->knob("learning_rate");
  for (const Hyperparameter& each : m_run->model()->hyperparameters) {
    if (each.hot) m_knobs[each.id] = m_run->knob(each.id);
  }
}

void EditHistory::step(bool back) {
  m_applied = false;
  // What belongs to another run leaves the stack when its turn comes.
  while (!m_applied && (back ? m_stack->canUndo() : m_stack->canRedo())) {
    const int count = m_stack->count();
    back ? m_stack->undo() : m_stack->redo();
    if (m_stack->count() == count) return;
  }
}

void EditHistory::forget() {
  m_stack->clear();
  m_selected = m_selection->indices();
  m_view = {m_map->view(), m_map->isFollowing()};
  m_mapSize = m_map->size();
}

void EditHistory::undo() {
  step(true);
}

void EditHistory::redo() {
  step(false);
}

}  // namespace latent::ui
