#include "support/fake_engine.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <ctime>
#include <fstream>
#include <limits>
#include <mutex>
#include <random>
#include <sstream>
#include <thread>

#include "latent/atomic_file.h"
#include "latent/mailbox.h"
#include "support/fake_classifier.h"

namespace latent::test {
namespace {

constexpr const char* kHeader = "fake-run";

std::vector<float> random_weights(std::int64_t pixels, int latent_dim, std::uint64_t seed) {
  std::mt19937_64 generator{seed};
  std::normal_distribution<float> normal;
  std::vector<float> weights(static_cast<std::size_t>(pixels * latent_dim));
  for (float& weight : weights) weight = normal(generator);
  return weights;
}

/// Takes so many seconds of the processor's time, however many other threads want it.
void compute_for(double seconds) {
  const auto spent = [] {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  };
  if (seconds <= 0.0) return;
  const double until = spent() + seconds;
  while (spent() < until) {
  }
}

class FakeModel : public FrozenModel {
 public:
  FakeModel(ModelInfo info, ImageShape shape, int latent_dim,
            std::shared_ptr<const std::vector<float>> weights, std::int64_t step,
            std::shared_ptr<FakeBehaviour> behaviour)
      : info_(std::move(info)),
        shape_(shape),
        latent_dim_(latent_dim),
        weights_(std::move(weights)),
        step_(step),
        behaviour_(std::move(behaviour)) {}

  const ModelInfo& info() const override { return info_; }
  ImageShape shape() const override { return shape_; }
  int latent_dim() const override { return latent_dim_; }
  int code_steps() const override {
    return info_.id == "sequence" && latent_dim_ % 2 == 0 ? latent_dim_ / 2 : 1;
  }

  void encode(std::span<const std::uint8_t> images, std::span<const std::int32_t> /*labels*/,
              std::span<float> mean, std::span<float> log_var) const override {
    const auto pixels = static_cast<std::size_t>(shape_.pixels());
    const auto dims = static_cast<std::size_t>(latent_dim_);
    const std::size_t n = images.size() / pixels;
    behaviour_->images_encoded += static_cast<std::int64_t>(n);
    compute_for(static_cast<double>(n) * 1e-6 * behaviour_->encode_microseconds);
    const float scale = gain() * 2.0F / std::sqrt(static_cast<float>(pixels));
    const float angle = 0.002F * static_cast<float>(step_);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t l = 0; l < dims; ++l) {
        float sum = 0.0F;
        for (std::size_t p = 0; p < pixels; ++p) {
          sum += (*weights_)[p * dims + l] * (static_cast<float>(images[i * pixels + p]) / 255.0F);
        }
        mean[i * dims + l] = sum * scale;
      }
      if (dims >= 2) {
        const float x = mean[i * dims];
        const float y = mean[i * dims + 1];
        mean[i * dims] = std::cos(angle) * x - std::sin(angle) * y;
        mean[i * dims + 1] = std::sin(angle) * x + std::cos(angle) * y;
      }
    }
    std::fill(log_var.begin(), log_var.end(), -1.0F);
  }

  void decode(std::span<const float> codes, std::span<const std::int32_t> labels,
              std::span<float> out) const override {
    if (const int wait = behaviour_->decode_milliseconds; wait > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(wait));
    }
    const auto pixels = static_cast<std::size_t>(shape_.pixels());
    const auto dims = static_cast<std::size_t>(latent_dim_);
    const std::size_t n = codes.size() / dims;
    for (std::size_t i = 0; i < n; ++i) {
      const float shift = labels.empty() ? 0.0F : 0.3F * static_cast<float>(labels[i]);
      for (std::size_t p = 0; p < pixels; ++p) {
        float logit = -1.0F + shift;
        for (std::size_t l = 0; l < dims; ++l) {
          logit += gain() * (*weights_)[p * dims + l] * codes[i * dims + l];
        }
        out[i * pixels + p] = 1.0F / (1.0F + std::exp(-logit));
      }
    }
  }

  void reconstruction_error(std::span<const std::uint8_t> images,
                            std::span<const std::int32_t> /*labels*/,
                            std::span<float> nats) const override {
    const auto pixels = static_cast<std::size_t>(shape_.pixels());
    for (std::size_t i = 0; i < nats.size(); ++i) {
      double sum = 0.0;
      for (std::size_t p = 0; p < pixels; ++p) sum += images[i * pixels + p] / 255.0;
      nats[i] = static_cast<float>(sum);
    }
  }

  std::vector<float> sample_prior(std::int64_t n, std::uint64_t seed) const override {
    if (!info_.has_prior) return {};
    return random_weights(n, latent_dim_, seed);
  }

 private:
  float gain() const { return 1.0F - 0.9F * std::exp(-static_cast<float>(step_) / 40.0F); }

  ModelInfo info_;
  ImageShape shape_;
  int latent_dim_;
  std::shared_ptr<const std::vector<float>> weights_;
  std::int64_t step_;
  std::shared_ptr<FakeBehaviour> behaviour_;
};

class FakeSession : public Session {
 public:
  FakeSession(TrainingConfig config, ModelInfo model, DataSplit data, SessionOptions options,
              std::shared_ptr<FakeBehaviour> behaviour, std::int64_t first_step = 0,
              const std::vector<LossPoint>& history = {})
      : config_(std::move(config)),
        model_(std::move(model)),
        data_(std::move(data)),
        options_(std::move(options)),
        behaviour_(std::move(behaviour)),
        step_(first_step),
        epochs_(config_.epochs),
        seed_(config_.seed) {
    ++behaviour_->sessions_alive;
    for (const auto& knob : model_.hyperparameters) {
      knobs_[knob.id] = config_.hyperparameter(model_, knob.id);
    }
    knobs_["learning_rate"] = config_.learning_rate;
    knobs_["threads"] = config_.threads;
    make_weights();
    for (const LossPoint& point : history) losses_.push(LossPoint{point});
    if (keeps()) {
      kept_ = list_kept_epochs(options_.autosave_path);
      std::erase_if(kept_, [this](const KeptEpoch& each) { return each.epoch > epoch(); });
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  ~FakeSession() override {
    thread_.request_stop();
    changed_.notify_all();
    thread_.join();
    --behaviour_->sessions_alive;
  }

  const TrainingConfig& config() const override { return config_; }
  const ModelInfo& model() const override { return model_; }
  const DataSplit& data() const override { return data_; }

  void play() override {
    command([this] { goal_ = kNoGoal, want_running_ = true; });
  }
  void pause() override {
    command([this] { want_running_ = false; });
  }
  void step_batch() override {
    command([this] { goal_ = step_ + 1, want_running_ = true; });
  }
  void step_epoch() override {
    command([this] {
      goal_ = (step_ / steps_per_epoch() + 1) * steps_per_epoch(), want_running_ = true;
    });
  }
  void stop() override {
    command([this] { want_running_ = false, want_stop_ = true; });
  }
  void reset(std::optional<std::uint64_t> new_seed) override {
    command([this, new_seed] {
      want_running_ = false;
      want_reset_ = true;
      if (new_seed) seed_ = *new_seed, config_.seed = *new_seed;
    });
  }
  void set_epochs(int epochs) override {
    command([this, epochs] { epochs_ = epochs; });
  }

  void set_knob(const std::string& id, double value) override {
    const Hyperparameter* knob = find_hyperparameter(model_, id);
    if (id != "learning_rate" && id != "threads" && (knob == nullptr || !knob->hot)) {
      throw Error(ErrorCode::InvalidConfig, id + " cannot be changed while training.");
    }
    command([&] {
      knobs_[id] = value;
      log_.push_back({step_, id, value});
    });
  }
  double knob(const std::string& id) const override {
    const std::lock_guard lock{mutex_};
    return knobs_.at(id);
  }
  void save(const std::filesystem::path& path) override {
    command([this, path] { saves_.push_back(path); });
  }

  Progress progress() const override {
    const std::lock_guard lock{mutex_};
    Progress progress;
    progress.state = state_;
    progress.step = step_;
    progress.steps_per_epoch = steps_per_epoch();
    progress.epochs = epochs_;
    progress.epoch = epoch();
    progress.samples_per_second = state_ == SessionState::Running ? 12000.0 : 0.0;
    progress.seconds_left =
        state_ == SessionState::Running
            ? (epochs_ - epoch()) * static_cast<double>(data_.train->size()) / 12000.0
            : 0.0;
    progress.threads = 2;
    return progress;
  }
  std::shared_ptr<const Snapshot> latest_snapshot() const override { return snapshots_.latest(); }
  std::vector<LossPoint> take_losses() override { return losses_.take_all(); }
  std::vector<SessionEvent> take_events() override { return events_.take_all(); }
  std::vector<KnobChange> knob_log() const override {
    const std::lock_guard lock{mutex_};
    return log_;
  }
  std::vector<KeptEpoch> kept_epochs() const override {
    const std::lock_guard lock{mutex_};
    return kept_;
  }

 private:
  static constexpr std::int64_t kNoGoal = std::numeric_limits<std::int64_t>::max();

  template <typename F>
  void command(F change) {
    {
      const std::lock_guard lock{mutex_};
      change();
    }
    changed_.notify_all();
  }

  std::int64_t steps_per_epoch() const {
    return std::max<std::int64_t>(1, data_.train->size() / config_.batch_size);
  }
  double epoch() const {
    return static_cast<double>(step_) / static_cast<double>(steps_per_epoch());
  }
  void make_weights() {
    weights_ = std::make_shared<const std::vector<float>>(
        random_weights(data_.train->shape.pixels(), config_.latent_dim, seed_));
  }
  void wake() {
    if (options_.wake) options_.wake();
  }
  void set_state(SessionState state) {
    {
      const std::lock_guard lock{mutex_};
      if (state_ == state) return;
      state_ = state;
    }
    events_.push(StateChanged{state});
    wake();
  }

  bool keeps() const { return options_.keep.epochs > 0 && !options_.autosave_path.empty(); }
  void keep() {
    if (!keeps() || behaviour_->saving_fails) return;
    const int epoch = static_cast<int>(step_ / steps_per_epoch());
    std::vector<KeptEpoch> kept = keep_epoch(options_.autosave_path, epoch, options_.keep);
    const std::lock_guard lock{mutex_};
    kept_ = std::move(kept);
  }

  void publish() {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->number = ++snapshot_number_;
    snapshot->step = step_;
    snapshot->epoch = epoch();
    snapshot->model = std::make_shared<FakeModel>(model_, data_.train->shape, config_.latent_dim,
                                                  weights_, step_, behaviour_);
    Diagnostic diagnostic;
    diagnostic.id = "kl_per_dimension";
    diagnostic.title = "KL per latent dimension";
    diagnostic.help = "How much each dimension says of the picture. Lower beta where it is zero.";
    diagnostic.unit = "nats";
    for (int l = 0; l < config_.latent_dim; ++l) {
      diagnostic.values.push_back(l % 5 == 4 ? 0.0F : 2.0F + 0.3F * static_cast<float>(l % 3));
    }
    if (config_.latent_dim >= 5) diagnostic.verdict = "Dimension 5 says nothing of the picture.";
    snapshot->diagnostics = {diagnostic};
    snapshots_.publish(std::move(snapshot));
    wake();
  }

  void save_to(const std::filesystem::path& path) {
    std::this_thread::sleep_for(std::chrono::milliseconds(behaviour_->save_milliseconds));
    if (behaviour_->saving_fails) {
      events_.push(SaveFailed{
          path, Error(ErrorCode::WriteFailed,
                      "Could not write " + path.string() + ": no space left on device.")});
    } else {
      // Another file under the same name, as the engine's: kept epochs are links to the one before.
      write_atomically(path, [this](std::ostream& out) {
        out << kHeader << '\n' << step_ << '\n' << to_json(config_) << '\n';
      });
      events_.push(RunSaved{path});
    }
    wake();
  }

  LossPoint loss(LossPoint::Part part) const {
    const double t = static_cast<double>(step_) / 60.0;
    const float reconstruction = static_cast<float>(
        140.0 + 60.0 * std::exp(-t) + 4.0 * std::sin(0.7 * static_cast<double>(step_)));
    LossPoint point;
    point.part = part;
    point.step = step_;
    point.epoch = epoch();
    point.terms.push_back(reconstruction);
    if (model_.loss_terms.size() > 1) point.terms.push_back(6.0F);
    for (const float term : point.terms) point.total += term;
    return point;
  }

  void train_batch() {
    std::this_thread::sleep_for(std::chrono::microseconds(behaviour_->batch_microseconds));
    if (behaviour_->fail_at_step == step_) {
      {
        const std::lock_guard lock{mutex_};
        want_running_ = false;
      }
      events_.push(RunFailed{Error(ErrorCode::NonFiniteLoss,
                                   "The loss became infinite at batch " + std::to_string(step_) +
                                       "; halve the learning rate and continue.")});
      set_state(SessionState::Failed);
      return;
    }
    {
      const std::lock_guard lock{mutex_};
      ++step_;
    }
    losses_.push(loss(LossPoint::Part::Train));
    const auto now = std::chrono::steady_clock::now();
    if (now - published_ > std::chrono::milliseconds(60)) {
      published_ = now;
      publish();
    }
    if (step_ % steps_per_epoch() == 0) {
      losses_.push(loss(LossPoint::Part::Validation));
      if (!options_.autosave_path.empty()) save_to(options_.autosave_path);
      keep();
      events_.push(EpochFinished{static_cast<int>(step_ / steps_per_epoch())});
      wake();
    }
    bool finished = false;
    {
      const std::lock_guard lock{mutex_};
      finished = step_ >= epochs_ * steps_per_epoch() && goal_ == kNoGoal;
      if (finished || step_ >= goal_) want_running_ = false;
    }
    if (finished) {
      publish();
      set_state(SessionState::Finished);
    }
  }

  void run(const std::stop_token& stop) {
    publish();
    while (!stop.stop_requested()) {
      bool running = false;
      bool reset = false;
      bool stopping = false;
      std::vector<std::filesystem::path> saves;
      {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, stop, [this] {
          return want_running_ || want_stop_ || want_reset_ || !saves_.empty() ||
                 state_ == SessionState::Running;
        });
        running = want_running_;
        reset = std::exchange(want_reset_, false);
        stopping = std::exchange(want_stop_, false);
        saves = std::exchange(saves_, {});
      }
      if (stop.stop_requested()) break;
      for (const auto& path : saves) save_to(path);
      if (reset) {
        if (keeps()) remove_kept_epochs(options_.autosave_path);
        {
          const std::lock_guard lock{mutex_};
          step_ = 0;
          kept_.clear();
        }
        make_weights();
        publish();
        set_state(SessionState::Paused);
        continue;
      }
      if (stopping) {
        publish();
        if (!options_.autosave_path.empty()) save_to(options_.autosave_path);
        set_state(SessionState::Finished);
        continue;
      }
      if (!running) {
        if (progress().state == SessionState::Running) {
          publish();
          set_state(SessionState::Paused);
        }
        continue;
      }
      if (step_ == 0 && keeps() && kept_epochs().empty()) {
        save_to(options_.autosave_path);
        keep();
      }
      set_state(SessionState::Running);
      train_batch();
    }
    if (step_ > 0 && !options_.autosave_path.empty()) save_to(options_.autosave_path);
  }

  TrainingConfig config_;
  ModelInfo model_;
  DataSplit data_;
  SessionOptions options_;
  std::shared_ptr<FakeBehaviour> behaviour_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  SessionState state_ = SessionState::Paused;
  bool want_running_ = false;
  bool want_stop_ = false;
  bool want_reset_ = false;
  std::int64_t goal_ = kNoGoal;
  std::vector<std::filesystem::path> saves_;
  std::int64_t step_ = 0;
  int epochs_;
  std::uint64_t seed_;
  std::map<std::string, double> knobs_;
  std::vector<KnobChange> log_;
  std::vector<KeptEpoch> kept_;
  std::shared_ptr<const std::vector<float>> weights_;
  std::int64_t snapshot_number_ = 0;
  std::chrono::steady_clock::time_point published_;
  Mailbox<Snapshot> snapshots_;
  LosslessQueue<LossPoint> losses_;
  LosslessQueue<SessionEvent> events_;
  std::jthread thread_;
};

struct FakeFile {
  std::int64_t step = 0;
  TrainingConfig config;
};

FakeFile read_file(const std::filesystem::path& path) {
  std::ifstream in{path};
  std::string header;
  std::string step;
  std::getline(in, header);
  std::getline(in, step);
  if (!in || header != kHeader) {
    throw Error(ErrorCode::RunFileCorrupt,
                path.string() + " is not a run of this program: it does not begin like one.");
  }
  std::stringstream rest;
  rest << in.rdbuf();
  return {std::stoll(step), training_config_from_json(rest.str())};
}

Hyperparameter beta() {
  Hyperparameter knob;
  knob.id = "beta";
  knob.title = "β";
  knob.help = "Weight of the KL term: higher gives a tidier map and blurrier pictures.";
  knob.initial = 1.0;
  knob.minimum = 0.0;
  knob.maximum = 16.0;
  knob.hot = true;
  return knob;
}

}  // namespace

FakeEngine::FakeEngine() : behaviour_(std::make_shared<FakeBehaviour>()) {
  ModelInfo deep;
  deep.id = "deep-ae";
  deep.title = "Deep AE";
  deep.summary = "Squeezes each picture through a few numbers and rebuilds it.";
  deep.citation = "Hinton & Salakhutdinov 2006";
  deep.url = "https://doi.org/10.1126/science.1127647";
  deep.order = 20;
  deep.loss_terms = {{"reconstruction", "Reconstruction", "How far the rebuilt picture is off."}};

  ModelInfo vae;
  vae.id = "vae";
  vae.title = "VAE";
  vae.summary = "Learns a smooth map: every place decodes to a picture.";
  vae.citation = "Kingma & Welling 2013, Eq. 7";
  vae.url = "https://arxiv.org/abs/1312.6114";
  vae.order = 60;
  vae.hyperparameters = {beta()};
  vae.loss_terms = {{"reconstruction", "Reconstruction", "How far the rebuilt picture is off."},
                    {"kl", "KL", "How far the codes are from the prior."}};
  vae.has_prior = true;
  vae.gaussian_posterior = true;

  ModelInfo conditional;
  conditional.id = "conditional";
  conditional.title = "Conditional";
  conditional.summary = "Told the class, it keeps only the style.";
  conditional.citation = "Sohn et al. 2015";
  conditional.url = "https://papers.nips.cc/paper/5775";
  conditional.order = 90;
  Hyperparameter cold = beta();
  cold.id = "share";
  cold.title = "Share";
  cold.help = "A knob that needs a restart.";
  cold.hot = false;
  conditional.hyperparameters = {cold};
  conditional.loss_terms = deep.loss_terms;
  conditional.conditional = true;
  conditional.has_prior = true;
  conditional.supports_convolution = false;

  ModelInfo generator = deep;
  generator.id = "no_encoder";
  generator.title = "Generator";
  generator.summary = "Makes pictures; their codes have to be searched for.";
  generator.order = 50;
  generator.has_encoder = false;
  generator.has_prior = true;

  ModelInfo sequence = vae;
  sequence.id = "sequence";
  sequence.title = "Sequence";
  sequence.summary = "Reads a picture step by step.";
  sequence.order = 60;
  sequence.usual_codes = 6;

  models_ = {deep, vae, conditional, generator, sequence};
}

const ModelInfo& FakeEngine::model(const std::string& id) const {
  for (const ModelInfo& info : models_) {
    if (info.id == id) return info;
  }
  throw Error(ErrorCode::InvalidConfig,
              "There is no system \"" + id + "\"; there are conditional, deep-ae, vae.");
}

std::unique_ptr<Session> FakeEngine::make_session(const TrainingConfig& config, DataSplit data,
                                                  SessionOptions options) const {
  validate(config, model(config.model));
  return std::make_unique<FakeSession>(config, model(config.model), std::move(data),
                                       std::move(options), behaviour_);
}

std::unique_ptr<Session> FakeEngine::open_session(const std::filesystem::path& path, DataSplit data,
                                                  SessionOptions options) const {
  const FakeFile file = read_file(path);
  return std::make_unique<FakeSession>(file.config, model(file.config.model), std::move(data),
                                       std::move(options), behaviour_, file.step,
                                       read_run_info(path).history);
}

RunFileInfo FakeEngine::read_run_info(const std::filesystem::path& path) const {
  const FakeFile file = read_file(path);
  RunFileInfo info;
  info.path = path;
  info.config = file.config;
  info.data_title = file.config.data;
  info.step = file.step;
  info.epoch = static_cast<double>(file.step) / 10.0;
  info.seed = file.config.seed;
  LossPoint point;
  point.part = LossPoint::Part::Validation;
  point.epoch = 1.0;
  point.total = 190.0F;
  point.terms.assign(model(file.config.model).loss_terms.size(), 95.0F);
  info.history = {point};
  return info;
}

std::shared_ptr<const FrozenModel> FakeEngine::load_model(const std::filesystem::path& path) const {
  const FakeFile file = read_file(path);
  const ImageShape shape;
  return std::make_shared<FakeModel>(model(file.config.model), shape, file.config.latent_dim,
                                     std::make_shared<const std::vector<float>>(random_weights(
                                         shape.pixels(), file.config.latent_dim, file.config.seed)),
                                     file.step, behaviour_);
}

std::shared_ptr<const Snapshot> FakeEngine::load_snapshot(const std::filesystem::path& path,
                                                          const DataSplit& data) const {
  const FakeFile file = read_file(path);
  const ImageShape shape = data.train->shape;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->step = file.step;
  snapshot->epoch =
      static_cast<double>(file.step) /
      static_cast<double>(std::max<std::int64_t>(1, data.train->size() / file.config.batch_size));
  snapshot->model =
      std::make_shared<FakeModel>(model(file.config.model), shape, file.config.latent_dim,
                                  std::make_shared<const std::vector<float>>(random_weights(
                                      shape.pixels(), file.config.latent_dim, file.config.seed)),
                                  file.step, behaviour_);
  return snapshot;
}

Replay FakeEngine::replay(const std::filesystem::path& run, DataSplit data,
                          const ReplayOptions& options) const {
  const FakeFile file = read_file(run);
  const std::int64_t per_epoch =
      std::max<std::int64_t>(1, data.train->size() / file.config.batch_size);
  const std::int64_t step = options.epoch ? *options.epoch * per_epoch : file.step;
  if (!options.out.empty()) {
    std::filesystem::create_directories(options.out.parent_path());
    std::ofstream{options.out} << kHeader << '\n' << step << '\n' << to_json(file.config) << '\n';
  }
  Replay replay;
  replay.steps = step;
  replay.epoch = static_cast<double>(step) / static_cast<double>(per_epoch);
  if (step == file.step) replay.identical = true;
  return replay;
}

Evaluation FakeEngine::evaluate(const FrozenModel& model, const Dataset& data,
                                std::uint64_t /*seed*/) const {
  Evaluation result;
  result.images = data.size();
  result.terms.assign(model.info().loss_terms.size(), 50.0);
  result.total = 50.0 * static_cast<double>(result.terms.size());
  return result;
}

void FakeEngine::write_torch_script(const FrozenModel& model, NetworkHalf half,
                                    const std::filesystem::path& path) const {
  write_atomically(path, [&](std::ostream& out) {
    out << model.info().id << (half == NetworkHalf::Decoder ? " decoder" : " encoder");
  });
}

std::unique_ptr<Classifier> FakeEngine::train_classifier(const DataSplit& data,
                                                         std::uint64_t /*seed*/,
                                                         const std::stop_token& /*stop*/) const {
  return std::make_unique<NearestMeanClassifier>(*data.train);
}

std::unique_ptr<Classifier> FakeEngine::train_on_encoder(const FrozenModel& /*model*/,
                                                         const Dataset& images,
                                                         const FineTuning& how,
                                                         const std::stop_token& /*stop*/) const {
  Dataset labelled = images;
  std::fill(labelled.labels.begin(), labelled.labels.end(), -1);
  for (const std::int64_t row : how.rows) {
    labelled.labels[static_cast<std::size_t>(row)] = images.labels[static_cast<std::size_t>(row)];
  }
  return std::make_unique<NearestMeanClassifier>(labelled);
}

void FakeEngine::set_thread_count(int /*threads*/) const {}

std::vector<DoctorFinding> FakeEngine::doctor() const {
  return {};
}

std::vector<std::pair<std::string, std::string>> FakeEngine::versions() const {
  return {{"Fake engine", "1"}};
}

namespace {

std::shared_ptr<const Dataset> draw(const FakeDataOptions& options, int count, std::uint64_t seed) {
  std::mt19937_64 generator{seed};
  std::normal_distribution<float> noise{0.0F, 0.06F};
  auto data = std::make_shared<Dataset>();
  data->shape = options.shape;
  const auto [channels, height, width] = options.shape;
  for (int i = 0; i < count; ++i) {
    const int label = i % options.classes;
    data->labels.push_back(options.labelled ? label : -1);
    const float angle =
        3.14159265F * static_cast<float>(label) / static_cast<float>(options.classes) +
        noise(generator);
    const float offset = 3.0F * noise(generator);
    for (int c = 0; c < channels; ++c) {
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          const float dx = static_cast<float>(x) / static_cast<float>(width) - 0.5F;
          const float dy = static_cast<float>(y) / static_cast<float>(height) - 0.5F;
          const float across = dx * std::sin(angle) - dy * std::cos(angle) + 0.1F * offset;
          const float along = dx * std::cos(angle) + dy * std::sin(angle);
          const float ink = std::exp(-150.0F * across * across) * (along > -0.4F && along < 0.25F);
          const float tint = channels == 1 ? 1.0F : (c == label % 3 ? 1.0F : 0.35F);
          data->images.push_back(static_cast<std::uint8_t>(255.0F * ink * tint));
        }
      }
    }
  }
  if (options.labelled) {
    for (int c = 0; c < options.classes; ++c) data->class_names.push_back(std::to_string(c));
  }
  return data;
}

std::vector<std::int64_t> first_numbers(int count) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::int64_t>(i);
  return numbers;
}

}  // namespace

DataSplit make_fake_data(const std::string& id, const FakeDataOptions& options) {
  DataSplit split;
  split.id = id;
  split.title = id;
  split.fingerprint = id;
  split.train = draw(options, options.train, 1);
  split.validation = draw(options, options.validation, 2);
  split.test = draw(options, options.test, 3);
  split.train_index = first_numbers(options.train);
  split.validation_index = first_numbers(options.validation);
  split.test_index = first_numbers(options.test);
  split.warnings = options.warnings;
  return split;
}

}  // namespace latent::test
