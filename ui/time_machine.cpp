#include "ui/time_machine.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "latent/error.h"
#include "latent/thread_priority.h"

namespace latent::ui {

namespace {

constexpr int kRecomputingNiceness = 5;  // behind training and whoever waits for an answer

}  // namespace

TimeMachine::TimeMachine(QObject* parent) : QObject(parent) {
  connect(&m_recomputing, &BackgroundTask::runningChanged, this, &TimeMachine::recomputingChanged);
  connect(&m_recomputing, &BackgroundTask::progressed, this, &TimeMachine::recomputingProgressed);
}

TimeMachine::~TimeMachine() {
  m_loading.reset();
}

void TimeMachine::setEngine(const Engine* engine) {
  m_engine = engine;
  m_loading = std::make_unique<RequestLane>([engine] {
    expect_short_turns();
    engine->set_thread_count(1);
  });
}

void TimeMachine::setRun(const DataSplit& data, const std::filesystem::path& path) {
  ++m_journey;
  m_recomputing.cancel();
  m_data = data;
  m_path = path;
  m_live = nullptr;
  const bool moved = std::exchange(m_epoch, std::nullopt).has_value();
  setKept({});
  if (moved) emit epochChanged();
}

void TimeMachine::setKept(std::vector<KeptEpoch> kept) {
  m_kept = std::move(kept);
  emit keptChanged();
}

void TimeMachine::setLive(const std::shared_ptr<const Snapshot>& snapshot) {
  m_live = snapshot;
  if (isLive()) show(snapshot);
}

void TimeMachine::goTo(int epoch) {
  if (m_kept.empty() || !m_loading) return;
  const auto nearest =
      std::min_element(m_kept.begin(), m_kept.end(), [epoch](const auto& a, const auto& b) {
        return std::abs(a.epoch - epoch) < std::abs(b.epoch - epoch);
      });
  if (m_epoch == nearest->epoch) return;
  m_epoch = nearest->epoch;
  emit epochChanged();
  // Of epochs that are passed by in a hurry only those are read that there is time for.
  m_loading->ask(
      "epoch", 0,
      [this, journey = m_journey, path = nearest->path, data = m_data, engine = m_engine] {
        std::shared_ptr<const Snapshot> snapshot;
        QString sentence;
        QString detail;
        try {
          snapshot = engine->load_snapshot(path, data);
        } catch (const Error& error) {
          sentence = QString::fromUtf8(error.what());
          detail = QString::fromStdString(error.detail());
        } catch (const std::exception& error) {
          sentence =
              tr("The epoch kept in %1 cannot be read.").arg(QString::fromStdString(path.string()));
          detail = QString::fromUtf8(error.what());
        }
        QMetaObject::invokeMethod(
            this,
            [this, journey, snapshot, sentence, detail] {
              if (journey != m_journey || isLive()) return;
              if (snapshot) {
                show(snapshot);
              } else {
                emit errorOccurred(sentence, detail);
                goLive();
              }
            },
            Qt::QueuedConnection);
      });
}

void TimeMachine::goLive() {
  if (isLive()) return;
  ++m_journey;
  m_epoch.reset();
  emit epochChanged();
  if (m_live) show(m_live);
}

void TimeMachine::recompute(int epoch) {
  const auto after = std::find_if(m_kept.begin(), m_kept.end(),
                                  [epoch](const KeptEpoch& each) { return each.epoch > epoch; });
  if (m_engine == nullptr || after == m_kept.begin()) return;
  const KeptEpoch& before = *std::prev(after);
  if (before.epoch == epoch) {
    goTo(epoch);
    return;
  }
  m_recomputing.start(
      [this, epoch, engine = m_engine, run = m_path, data = m_data, from = before.path](
          const std::stop_token& stop, const ProgressFunction& progress) -> std::function<void()> {
        set_niceness(kRecomputingNiceness);
        ReplayOptions options;
        options.from = from;
        options.epoch = epoch;
        options.out = kept_epochs_folder(run) / "recomputed.safetensors";
        options.progress = [&progress](std::int64_t done, std::int64_t total) {
          progress(done, total, "Training again");
        };
        options.stop = stop;
        engine->replay(run, data, options);
        const auto snapshot = engine->load_snapshot(options.out, data);
        std::error_code ignored;
        std::filesystem::remove(options.out, ignored);
        return [this, epoch, snapshot] {
          ++m_journey;
          m_epoch = epoch;
          emit epochChanged();
          show(snapshot);
        };
      },
      [this](const Error& error) {
        if (error.code() == ErrorCode::Cancelled) return;
        emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
      });
}

void TimeMachine::step(int direction) {
  if (m_kept.empty() || (isLive() && direction > 0)) return;
  if (isLive()) {
    goTo(m_kept.back().epoch);
    return;
  }
  if (direction > 0) {
    const auto next = std::find_if(m_kept.begin(), m_kept.end(),
                                   [this](const KeptEpoch& each) { return each.epoch > *m_epoch; });
    if (next == m_kept.end()) {
      goLive();
    } else {
      goTo(next->epoch);
    }
    return;
  }
  const auto before = std::find_if(m_kept.rbegin(), m_kept.rend(),
                                   [this](const KeptEpoch& each) { return each.epoch < *m_epoch; });
  if (before != m_kept.rend()) goTo(before->epoch);
}

void TimeMachine::show(const std::shared_ptr<const Snapshot>& snapshot) {
  // Whoever shows it takes a higher number for newer: that is the order in which it is shown.
  const std::int64_t number = std::max(snapshot->number, m_number + 1);
  m_number = number;
  if (number == snapshot->number) {
    emit snapshotShown(snapshot);
    return;
  }
  auto renumbered = std::make_shared<Snapshot>(*snapshot);
  renumbered->number = number;
  emit snapshotShown(renumbered);
}

}  // namespace latent::ui
