#include "latent/session.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <thread>

#include "session/trainer.h"
#include "support/catch.h"

using namespace latent;
using namespace std::chrono_literals;

namespace {

/// What a test sees of a stub from outside its thread.
struct Seen {
  std::atomic<int> batches{0};
  std::atomic<int> saves{0};
  std::atomic<int> resets{0};
  std::atomic<int> concluded{0};
  std::atomic<int> conclusions_begun{0};
  std::atomic<bool> conclude_slowly{false};
  std::atomic<std::uint64_t> seed{0};
  std::atomic<bool> last_save_finished{false};
  std::atomic<int> fail_at{-1};
  std::atomic<bool> fail_saves{false};
  std::atomic<bool> write_files{false};
  std::atomic<int> validation_parts{2};
  std::atomic<bool> destroyed{false};
};

/// Counts instead of training: ten batches an epoch, each a tenth of a millisecond.
class StubTrainer final : public Trainer {
 public:
  StubTrainer(std::shared_ptr<Seen> seen, int epochs) : seen_(std::move(seen)) {
    config_.epochs = epochs;
    info_.id = "stub";
    info_.title = "Stub";
    info_.hyperparameters = {
        {.id = "beta", .title = "β", .initial = 1.0, .minimum = 0.0, .maximum = 4.0, .hot = true},
        {.id = "depth", .title = "Depth", .initial = 2.0, .minimum = 1.0, .maximum = 4.0}};
    info_.loss_terms = {{.id = "reconstruction"}};
    reset(config_.seed);
    seen_->resets = 0;
  }
  ~StubTrainer() override { seen_->destroyed = true; }

  const TrainingConfig& config() const override { return config_; }
  const ModelInfo& model() const override { return info_; }
  const DataSplit& data() const override { return data_; }
  Position position() const override { return position_; }
  std::vector<KnobChange> knob_log() const override { return log_; }
  double knob(const std::string& id) const override {
    return id == "learning_rate" ? config_.learning_rate : id == "threads" ? 0.0 : beta_;
  }
  std::vector<LossPoint> history() const override { return {}; }
  int threads() const override { return 1; }
  std::string phase() const override { return {}; }
  void enter_thread() override {}

  LossPoint train_batch() override {
    std::this_thread::sleep_for(100us);
    if (position_.step == seen_->fail_at) {
      throw Error{ErrorCode::NonFiniteLoss, "The loss became infinite."};
    }
    ++position_.step;
    if (++position_.batch == position_.steps_per_epoch) position_.validating = true;
    ++seen_->batches;
    return {LossPoint::Part::Train, position_.step, position_.epoch(), 1.0F, {1.0F}};
  }

  std::optional<LossPoint> validate_part() override {
    std::this_thread::sleep_for(100us);
    if (++part_ < seen_->validation_parts) return std::nullopt;
    part_ = 0;
    position_.validating = false;
    position_.batch = 0;
    ++position_.epochs_done;
    return LossPoint{LossPoint::Part::Validation, position_.step, position_.epoch(), 2.0F, {2.0F}};
  }

  void reset(std::uint64_t seed) override {
    position_ = Position{.steps_per_epoch = 10};
    part_ = 0;
    beta_ = 1.0;
    log_ = {{0, "threads", 1.0}};
    ++seen_->resets;
    seen_->seed = seed;
  }
  void set_knob(const std::string& id, double value) override {
    if (id == "beta") beta_ = value;
    log_.push_back({position_.step, id, value});
  }
  void set_epochs(int epochs) override { config_.epochs = epochs; }
  std::shared_ptr<const Snapshot> snapshot(std::int64_t number) override {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->number = number;
    snapshot->step = position_.step;
    return snapshot;
  }
  bool conclude(const std::function<bool()>& interrupted) override {
    ++seen_->conclusions_begun;
    while (seen_->conclude_slowly) {
      if (interrupted()) return false;
      std::this_thread::sleep_for(1ms);
    }
    ++seen_->concluded;
    return true;
  }
  void set_record(const std::string&) override {}
  void save(const std::filesystem::path& path, bool finished) override {
    if (seen_->fail_saves) throw Error{ErrorCode::WriteFailed, "No room for " + path.string()};
    if (seen_->write_files) std::ofstream{path} << position_.step;
    ++seen_->saves;
    seen_->last_save_finished = finished;
  }

 private:
  std::shared_ptr<Seen> seen_;
  TrainingConfig config_;
  ModelInfo info_;
  DataSplit data_;
  Position position_;
  int part_ = 0;
  double beta_ = 1.0;
  std::vector<KnobChange> log_;
};

struct Run {
  std::shared_ptr<Seen> seen = std::make_shared<Seen>();
  std::unique_ptr<Session> session;
  std::vector<SessionEvent> events;
  std::vector<LossPoint> losses;

  explicit Run(int epochs, SessionOptions options = {}) {
    session = make_session(std::make_unique<StubTrainer>(seen, epochs), std::move(options));
  }

  void collect() {
    for (auto& event : session->take_events()) events.push_back(std::move(event));
    for (auto& point : session->take_losses()) losses.push_back(std::move(point));
  }

  bool wait(const std::function<bool()>& condition, std::chrono::milliseconds limit = 20s) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < end) {
      if (condition()) return true;
      std::this_thread::sleep_for(1ms);
    }
    return condition();
  }
  bool wait_for(SessionState state) {
    return wait([&] { return session->progress().state == state; });
  }
  int count_state(SessionState state) {
    collect();
    return static_cast<int>(std::count_if(events.begin(), events.end(), [&](const auto& event) {
      const auto* changed = std::get_if<StateChanged>(&event);
      return changed != nullptr && changed->state == state;
    }));
  }
  template <typename Event>
  int count() {
    collect();
    return static_cast<int>(std::count_if(events.begin(), events.end(), [](const auto& event) {
      return std::holds_alternative<Event>(event);
    }));
  }
};

}  // namespace

TEST_CASE("a new session rests and shows its untrained weights", "[session]") {
  Run run{2};
  REQUIRE(run.wait([&] { return run.session->latest_snapshot() != nullptr; }));
  CHECK(run.session->latest_snapshot()->step == 0);
  std::this_thread::sleep_for(20ms);
  CHECK(run.seen->batches == 0);
  CHECK(run.session->progress().state == SessionState::Paused);
}

TEST_CASE("a run ends once, at its goal, with every loss in order", "[session]") {
  Run run{3};
  run.session->play();
  REQUIRE(run.wait_for(SessionState::Finished));
  CHECK(run.count_state(SessionState::Finished) == 1);
  CHECK(run.count_state(SessionState::Failed) == 0);
  CHECK(run.count<EpochFinished>() == 3);
  CHECK(run.seen->concluded == 1);
  std::int64_t train = 0;
  std::int64_t validation = 0;
  for (const LossPoint& point : run.losses) {
    if (point.part == LossPoint::Part::Train) {
      CHECK(point.step == ++train);
    } else {
      CHECK(point.step == 10 * ++validation);
    }
  }
  CHECK(train == 30);
  CHECK(validation == 3);
  CHECK(run.session->latest_snapshot()->step == 30);
}

TEST_CASE("pause acts at the next batch and play goes on from there", "[session]") {
  Run run{100000};
  run.session->play();
  REQUIRE(run.wait([&] { return run.seen->batches > 5; }));
  const auto asked = std::chrono::steady_clock::now();
  run.session->pause();
  REQUIRE(run.wait_for(SessionState::Paused));
  CHECK(std::chrono::steady_clock::now() - asked < 300ms);
  const int trained = run.seen->batches;
  std::this_thread::sleep_for(20ms);
  CHECK(run.seen->batches == trained);
  CHECK(run.session->latest_snapshot()->step == trained);
  run.session->play();
  CHECK(run.wait([&] { return run.seen->batches > trained; }));
}

TEST_CASE("pause and stop act in the middle of a validation", "[session]") {
  Run run{2};
  run.seen->validation_parts = 1 << 30;
  run.session->play();
  REQUIRE(run.wait([&] { return run.seen->batches == 10; }));
  run.session->pause();
  REQUIRE(run.wait_for(SessionState::Paused));
  run.session->stop();
  CHECK(run.wait_for(SessionState::Finished));
  CHECK(run.count<EpochFinished>() == 0);
}

TEST_CASE("one batch is one batch, one epoch ends with the epoch", "[session]") {
  Run run{5};
  run.session->step_batch();
  REQUIRE(run.wait([&] { return run.seen->batches == 1; }));
  REQUIRE(run.wait_for(SessionState::Paused));
  CHECK(run.session->progress().step == 1);
  run.session->step_epoch();
  REQUIRE(run.wait([&] { return run.count<EpochFinished>() == 1; }));
  REQUIRE(run.wait_for(SessionState::Paused));
  CHECK(run.session->progress().step == 10);
  CHECK(run.session->progress().epoch == Approx(1.0));
}

TEST_CASE("stop ends a run as finished and saves it as that", "[session]") {
  Run run{100000, {.autosave_path = "run"}};
  run.session->play();
  REQUIRE(run.wait([&] { return run.seen->batches > 3; }));
  run.session->stop();
  REQUIRE(run.wait_for(SessionState::Finished));
  CHECK(run.seen->last_save_finished);
  CHECK(run.count_state(SessionState::Finished) == 1);
}

TEST_CASE("a finished run can be trained on", "[session]") {
  Run run{1};
  run.session->play();
  REQUIRE(run.wait_for(SessionState::Finished));
  run.session->set_epochs(2);
  CHECK(run.wait([&] { return run.count<EpochFinished>() == 2; }));
  REQUIRE(run.wait_for(SessionState::Finished));
  run.session->play();
  CHECK(run.wait([&] { return run.count<EpochFinished>() == 3; }));
}

TEST_CASE("a reset begins again with the same seed, or with another", "[session]") {
  Run run{100000};
  run.session->set_knob("beta", 3.0);
  run.session->play();
  REQUIRE(run.wait([&] { return run.seen->batches > 15; }));
  run.session->reset();
  REQUIRE(run.wait([&] { return run.seen->resets == 1; }));
  REQUIRE(run.wait_for(SessionState::Paused));
  CHECK(run.session->progress().step == 0);
  CHECK(run.seen->seed == run.session->config().seed);
  CHECK(run.session->knob("beta") == 1.0);
  CHECK(run.session->latest_snapshot()->step == 0);
  run.session->reset(77);
  REQUIRE(run.wait([&] { return run.seen->resets == 2; }));
  CHECK(run.seen->seed == 77);
  CHECK(run.session->config().seed == 77);
}

TEST_CASE("commands do not wait for the measuring at the end of a run", "[session]") {
  Run run{2};
  run.seen->conclude_slowly = true;
  run.session->play();
  REQUIRE(run.wait([&] { return run.seen->conclusions_begun > 0; }));

  SECTION("a knob is turned, and the measuring begins again") {
    run.session->set_knob("beta", 0.5);
    REQUIRE(run.wait([&] { return run.seen->conclusions_begun > 1; }));
    CHECK(run.session->progress().state == SessionState::Running);
    run.seen->conclude_slowly = false;
    REQUIRE(run.wait_for(SessionState::Finished));
    CHECK(run.seen->concluded == 1);
  }
  SECTION("pause finishes the run without its record") {
    run.session->pause();
    REQUIRE(run.wait_for(SessionState::Finished));
    CHECK(run.seen->concluded == 0);
  }
  SECTION("a farther goal trains on") {
    run.session->set_epochs(3);
    REQUIRE(run.wait([&] { return run.seen->batches == 30; }));
    run.seen->conclude_slowly = false;
    REQUIRE(run.wait_for(SessionState::Finished));
    CHECK(run.session->progress().epoch == 3.0);
  }
  SECTION("a session may be destroyed") {
    run.session.reset();
    CHECK(run.seen->destroyed);
  }
}

TEST_CASE("a failure is told once and the run can be tried again", "[session]") {
  Run run{5, {.autosave_path = "run"}};
  run.seen->fail_at = 7;
  run.session->play();
  REQUIRE(run.wait([&] { return run.count<RunFailed>() == 1; }));
  CHECK(run.session->progress().state == SessionState::Failed);
  CHECK(run.count_state(SessionState::Failed) == 1);
  CHECK(run.count_state(SessionState::Finished) == 0);
  std::this_thread::sleep_for(20ms);
  CHECK(run.count<RunFailed>() == 1);
  run.seen->fail_at = -1;
  run.session->set_knob("learning_rate", 1e-4);
  run.session->play();
  REQUIRE(run.wait_for(SessionState::Finished));
  CHECK(run.count_state(SessionState::Finished) == 1);
}

TEST_CASE("a run that cannot be saved says so and trains on", "[session]") {
  Run run{2, {.autosave_path = "run"}};
  run.seen->fail_saves = true;
  run.session->play();
  REQUIRE(run.wait_for(SessionState::Finished));
  CHECK(run.count<SaveFailed>() == 1);  // the same sentence after each epoch would say nothing new
  CHECK(run.count<RunFailed>() == 0);
}

TEST_CASE("each epoch is kept beside the run, the untrained network too, until a reset",
          "[session]") {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / "latent-session-test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const std::filesystem::path path = folder / "run.safetensors";
  Run run{3, {.autosave_path = path, .keep = {10, 1 << 20}}};
  run.seen->write_files = true;
  run.session->play();
  REQUIRE(run.wait_for(SessionState::Finished));
  const std::vector<KeptEpoch> kept = run.session->kept_epochs();
  REQUIRE(kept.size() == 4);
  for (std::size_t i = 0; i < kept.size(); ++i) CHECK(kept[i].epoch == static_cast<int>(i));
  CHECK(run.count<SaveFailed>() == 0);

  SECTION("a copy of the run has the same past") {
    run.session->save(folder / "copy.safetensors");
    REQUIRE(run.wait([&] { return list_kept_epochs(folder / "copy.safetensors").size() == 4; }));
  }
  SECTION("a reset forgets it") {
    run.session->reset();
    REQUIRE(run.wait([&] { return run.session->kept_epochs().empty(); }));
    CHECK(list_kept_epochs(path).empty());
  }
}

TEST_CASE("an epoch that cannot be kept is told once, and the run goes on", "[session]") {
  // Nothing is written, so there is nothing to keep.
  Run run{3, {.autosave_path = "no-such-folder/run.safetensors", .keep = {10, 1 << 20}}};
  run.session->play();
  REQUIRE(run.wait_for(SessionState::Finished));
  CHECK(run.count<SaveFailed>() == 1);
  CHECK(run.count<RunFailed>() == 0);
  CHECK(run.session->kept_epochs().empty());
}

TEST_CASE("a session may be destroyed while it trains, and saves what it has", "[session]") {
  Run run{100000, {.autosave_path = "run"}};
  run.session->play();
  REQUIRE(run.wait([&] { return run.seen->batches > 25; }));
  const int before = run.seen->saves;
  run.session.reset();
  CHECK(run.seen->destroyed);
  CHECK(run.seen->saves > before);
  CHECK_FALSE(run.seen->last_save_finished);
}

TEST_CASE("a session that never trained leaves no file", "[session]") {
  Run run{2, {.autosave_path = "run"}};
  REQUIRE(run.wait([&] { return run.session->latest_snapshot() != nullptr; }));
  run.session.reset();
  CHECK(run.seen->saves == 0);
}

TEST_CASE("a reader that takes nothing is woken at most once for each kind", "[session]") {
  std::atomic<int> wakes{0};
  Run run{3, {.wake = [&] { ++wakes; }}};
  run.session->play();
  REQUIRE(run.wait_for(SessionState::Finished));
  CHECK(wakes <= 3);
  CHECK(wakes >= 1);
}

TEST_CASE("a wrong knob is refused at once and a right one is logged with its batch", "[session]") {
  Run run{2};
  CHECK_THROWS_AS(run.session->set_knob("depth", 3.0), Error);
  CHECK_THROWS_AS(run.session->set_knob("beta", 5.0), Error);
  CHECK_THROWS_AS(run.session->set_knob("beta", std::nan("")), Error);
  CHECK_THROWS_AS(run.session->set_knob("learning_rate", 0.0), Error);
  CHECK_THROWS_AS(run.session->set_knob("nonsense", 1.0), Error);
  CHECK_THROWS_AS(run.session->set_record("[1, 2]"), Error);
  run.session->step_batch();
  REQUIRE(run.wait([&] { return run.seen->batches == 1; }));
  REQUIRE(run.wait_for(SessionState::Paused));
  run.session->set_knob("beta", 2.5);
  CHECK(run.session->knob("beta") == 2.5);
  REQUIRE(run.wait([&] { return run.session->knob_log().size() == 2; }));
  CHECK(run.session->knob_log().back().id == "beta");
  CHECK(run.session->knob_log().back().step == 1);
  CHECK(run.session->knob_log().back().value == 2.5);
}
