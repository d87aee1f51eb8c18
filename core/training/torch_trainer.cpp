#include "training/torch_trainer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "latent/error.h"
#include "models/registry.h"
#include "models/schedule.h"
#include "training/frozen_network.h"
#include "training/run_record.h"
#include "training/threads.h"

namespace latent::training {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr Seconds kGoodCopyInterval{1.0};
/// Diagnostics may take this share of the time.
constexpr double kDiagnosticsShare = 0.05;

/// LibTorch's errors as ours: out of memory is the one that a user can do something about.
template <typename Function>
auto translated(Function function) {
  try {
    return function();
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    if (text.find("allocate memory") != std::string::npos) {
      throw Error{ErrorCode::OutOfMemory,
                  "There is not enough memory to train this network; a smaller batch or narrower "
                  "layers help.",
                  text};
    }
    throw Error{ErrorCode::Internal, "Training stopped by an error inside the program.", text};
  }
}

/// What is fitted in one step has one epoch of one step: a second would change nothing.
TrainingConfig fitting(TrainingConfig config) {
  if (!models::registered_model(config.model).gradient_trained) config.epochs = 1;
  return config;
}

const DataSplit& checked(const DataSplit& data, const ModelInfo& info) {
  if (!data.train || data.train->size() == 0) {
    throw Error{ErrorCode::InvalidConfig, "The data set has no training images."};
  }
  for (const auto& part : {data.validation, data.test}) {
    if (part && part->size() > 0 && !(part->shape == data.train->shape)) {
      throw Error{ErrorCode::ShapeMismatch,
                  "The parts of the data set have images of different sizes."};
    }
  }
  if (info.conditional && data.train->class_names.empty()) {
    throw Error{ErrorCode::InvalidConfig,
                info.title + " needs class labels, but " + data.title + " has none."};
  }
  return data;
}

std::shared_ptr<const Dataset> part_or_empty(const std::shared_ptr<const Dataset>& part,
                                             const ImageShape& shape) {
  if (part) return part;
  auto empty = std::make_shared<Dataset>();
  empty->shape = shape;
  return empty;
}

/// The names that `TorchTrainer::state` gives what is not a system's own.
constexpr const char* kGeneratorState = "state.generator";
constexpr const char* kPosition = "state.position";

const torch::Tensor& named(const NamedTensors& state, const std::string& name) {
  return std::find_if(state.begin(), state.end(),
                      [&](const auto& each) { return each.first == name; })
      ->second;
}

}  // namespace

TorchTrainer::TorchTrainer(const TrainingConfig& config, DataSplit data, bool initialize)
    : config_(fitting(config)),
      info_(models::registered_model(config.model)),
      data_(checked(data, info_)),
      training_images_(data_.train, config.padding, config.binarization),
      validation_images_(part_or_empty(data_.validation, data_.train->shape), config.padding,
                         config.binarization),
      requested_threads_(config.threads),
      governor_(automatic_thread_count()) {
  translated([&] { build(initialize); });
}

TorchTrainer::TorchTrainer(const TrainingConfig& config, DataSplit data)
    : TorchTrainer((validate(config, models::registered_model(config.model)), config),
                   std::move(data), true) {}

TorchTrainer::TorchTrainer(const SafetensorsFile& file, DataSplit data)
    : TorchTrainer(parse_run_header(file.path(), file.metadata()).info.config, std::move(data),
                   false) {
  const RunHeader header = parse_run_header(file.path(), file.metadata());
  check_same_data(header, data_);
  NamedTensors target = state();
  read_tensors(file, "", target);
  try {
    adopt(target);
  } catch (const std::exception& exception) {
    throw Error{ErrorCode::RunFileCorrupt,
                "Cannot continue the run file " + file.path().string() +
                    ": its position or generator state cannot be.",
                exception.what()};
  }
  for (const auto& [id, value] : header.knob_values) {
    if (id == "learning_rate") {
      learning_rate_ = value;
    } else if (id == "threads") {
      requested_threads_ = static_cast<int>(value);
    } else {
      model_->set_hyperparameter(id, value);
    }
  }
  knob_log_ = header.info.knobs;
  history_ = header.info.history;
  record_json_ = header.info.record_json;
  model_->restored();
  initialized_ = true;
}

void TorchTrainer::build(bool initialize) {
  generator_ = make_generator(config_.seed);
  const models::ModelContext context{.shape = padded(data_.train->shape, config_.padding),
                                     .config = config_,
                                     .info = info_,
                                     .classes = training_images_.classes(),
                                     .training_images = training_images_.size(),
                                     .generator = generator_,
                                     .initialize = initialize};
  optimizers_.clear();
  model_ = models::make_model(context);
  model_->train();
  for (models::ParameterGroup& group : model_->optimizer_groups()) {
    optimizers_.emplace(group.name, nn::Adam{std::move(group.parameters), group.options});
  }
  const std::int64_t images = training_images_.size();
  permutation_ = torch::arange(images, torch::kInt64);
  epoch_sums_ =
      torch::zeros({2 + static_cast<std::int64_t>(info_.loss_terms.size())}, torch::kFloat64);
  position_ = Position{
      .steps_per_epoch =
          info_.gradient_trained ? (images + config_.batch_size - 1) / config_.batch_size : 1};
  learning_rate_ = config_.learning_rate;
  validation_row_ = 0;
  knob_log_.clear();
  log_knob("epochs", config_.epochs);
  history_.clear();
  record_json_ = "{}";
  good_.clear();
  candidate_pending_ = false;
  copied_at_ = {};
  diagnostics_.clear();
  diagnosed_at_ = {};
  initialized_ = !initialize;
}

void TorchTrainer::initialize_model() {
  if (initialized_) return;
  initialized_ = true;
  model_->train();
  model_->initialize(training_context());
}

void TorchTrainer::enter_thread() {
  apply_threads();
  translated([this] { initialize_model(); });
}

void TorchTrainer::reset(std::uint64_t seed) {
  config_.seed = seed;
  translated([this] {
    build(true);
    apply_threads();
    initialize_model();
  });
}

double TorchTrainer::knob(const std::string& id) const {
  if (id == "learning_rate") return learning_rate_;
  if (id == "threads") return requested_threads_;
  return model_->hyperparameter(id);
}

void TorchTrainer::set_knob(const std::string& id, double value) {
  if (id == "threads") {
    requested_threads_ = static_cast<int>(value);
    apply_threads();
    return;
  }
  if (id == "learning_rate") {
    learning_rate_ = value;
  } else {
    model_->set_hyperparameter(id, value);
  }
  log_knob(id, value);
}

void TorchTrainer::set_epochs(int epochs) {
  if (epochs == config_.epochs) return;
  config_.epochs = epochs;
  log_knob("epochs", epochs);
}

void TorchTrainer::apply_threads() {
  use_threads(requested_threads_ > 0 ? requested_threads_ : governor_.threads());
}

void TorchTrainer::use_threads(int threads) {
  set_thread_count(threads);
  threads_ = threads;
  const auto last = std::find_if(knob_log_.rbegin(), knob_log_.rend(),
                                 [](const KnobChange& change) { return change.id == "threads"; });
  if (last == knob_log_.rend() || last->value != threads) log_knob("threads", threads);
}

void TorchTrainer::log_knob(const std::string& id, double value) {
  // Turned twice between two batches, only the last turn acted; but before the first batch the
  // network is initialised, with the threads of that moment.
  const bool acted = id == "threads" && position_.step == 0;
  if (!knob_log_.empty() && !acted && knob_log_.back().step == position_.step &&
      knob_log_.back().id == id) {
    knob_log_.back().value = value;
  } else {
    knob_log_.push_back({position_.step, id, value});
  }
}

models::TrainingContext TorchTrainer::training_context() {
  models::TrainingContext context;
  context.generator = generator_;
  context.epoch = position_.epoch();
  context.epochs = config_.epochs;
  context.step = position_.step;
  context.steps_per_epoch = position_.steps_per_epoch;
  context.learning_rate = learning_rate_;
  if (info_.gradient_trained) {
    context.learning_rate *= models::rate_factor(
        static_cast<models::RateSchedule>(model_->choice("learning_rate_schedule")), context.epoch,
        context.epochs, model_->hyperparameter("learning_rate_step"));
  }
  context.optimizers = &optimizers_;
  context.data = &training_images_;
  return context;
}

void TorchTrainer::begin_epoch() {
  permutation_.copy_(torch::randperm(training_images_.size(), generator_, torch::kInt64));
  epoch_sums_.zero_();
  model_->begin_epoch(position_.epochs_done, training_context());
}

LossPoint TorchTrainer::train_batch() {
  const Clock::time_point begin = Clock::now();
  const std::int64_t row = position_.batch * config_.batch_size;
  LossPoint point = translated([this] { return train_next(); });
  if (requested_threads_ == 0) {
    const std::int64_t samples =
        std::min<std::int64_t>(config_.batch_size, training_images_.size() - row);
    // The first batch of an epoch draws the order of the whole epoch: it says nothing of the
    // others.
    if (row > 0) governor_.record(Seconds{Clock::now() - begin}.count(), samples);
    if (governor_.threads() != threads_) use_threads(governor_.threads());
  }
  return point;
}

LossPoint TorchTrainer::train_next() {
  keep_good_copy();
  model_->train();
  LossPoint point;
  point.part = LossPoint::Part::Train;
  try {
    if (position_.batch == 0) begin_epoch();
    const std::int64_t first = position_.batch * config_.batch_size;
    const std::int64_t count =
        std::min<std::int64_t>(config_.batch_size, training_images_.size() - first);
    const models::Batch batch =
        training_images_.rows(permutation_.narrow(0, first, count), generator_);
    const models::Losses losses = model_->train_step(batch, training_context());
    ++position_.step;
    ++position_.batch;
    point.step = position_.step;
    point.epoch = position_.epoch();
    point.total = losses.total.item<float>();
    bool finite = std::isfinite(point.total);
    for (const torch::Tensor& term : losses.terms) {
      point.terms.push_back(term.item<float>());
      finite = finite && std::isfinite(point.terms.back());
    }
    if (!finite) throw not_finite(point.total);
    auto* sums = epoch_sums_.data_ptr<double>();
    const auto images = static_cast<double>(count);
    sums[0] += images;
    sums[1] += images * point.total;
    for (std::size_t i = 0; i < point.terms.size(); ++i) sums[2 + i] += images * point.terms[i];
    if (position_.batch == position_.steps_per_epoch) {
      model_->end_epoch(position_.epochs_done, training_context());
      position_.validating = true;
      validation_row_ = 0;
    }
  } catch (...) {
    roll_back();
    throw;
  }
  if (candidate_pending_) {
    std::swap(good_, candidate_);
    candidate_pending_ = false;
  }
  return point;
}

Error TorchTrainer::not_finite(double loss) const {
  char rate[32];
  std::snprintf(rate, sizeof rate, "%g", learning_rate_);
  return {
      ErrorCode::NonFiniteLoss,
      "The loss became " + std::string{std::isnan(loss) ? "not a number" : "infinite"} +
          " at batch " + std::to_string(position_.step) + " (learning rate " + rate +
          "); training stopped and the last good weights were kept. Lower the learning rate and "
          "press play, or reset."};
}

std::optional<LossPoint> TorchTrainer::validate_part() {
  return translated([this] { return validate_next(); });
}

std::optional<LossPoint> TorchTrainer::validate_next() {
  const std::size_t terms = info_.loss_terms.size();
  if (validation_row_ == 0) {
    validation_sums_.assign(1 + terms, 0.0);
    validation_generator_ = make_generator(
        derived_seed(config_.seed, static_cast<std::uint64_t>(position_.epochs_done)));
  }
  const std::int64_t images = validation_images_.size();
  if (validation_row_ < images) {
    model_->eval();
    const models::Batch batch = validation_images_.range(
        validation_row_, rows_at_once(data_.train->shape), validation_generator_);
    models::PassContext pass;
    pass.generator = validation_generator_;
    pass.epoch = position_.epoch();
    pass.epochs = config_.epochs;
    const models::Losses losses = model_->evaluate_losses(batch, pass);
    model_->train();
    const auto count = static_cast<double>(batch.x.size(0));
    validation_sums_[0] += count * losses.total.item<double>();
    for (std::size_t i = 0; i < terms; ++i) {
      validation_sums_[1 + i] += count * losses.terms.at(i).item<double>();
    }
    // The epoch's last batch may have been the one that broke the weights: nothing has looked at
    // them since.
    for (const double sum : validation_sums_) {
      if (std::isfinite(sum)) continue;
      const Error error = not_finite(sum);
      if (!good_.empty()) roll_back();
      throw error;
    }
    validation_row_ += batch.x.size(0);
    if (validation_row_ < images) return std::nullopt;
  }

  position_.validating = false;
  position_.batch = 0;
  ++position_.epochs_done;
  validation_row_ = 0;
  const auto mean_point = [&](LossPoint::Part part, const double* sums, double count) {
    LossPoint point{.part = part,
                    .step = position_.step,
                    .epoch = static_cast<double>(position_.epochs_done),
                    .total = static_cast<float>(sums[0] / count),
                    .terms = {}};
    for (std::size_t i = 0; i < terms; ++i) {
      point.terms.push_back(static_cast<float>(sums[1 + i] / count));
    }
    return point;
  };
  const auto* sums = epoch_sums_.data_ptr<double>();
  history_.push_back(mean_point(LossPoint::Part::Train, sums + 1, sums[0]));
  if (images > 0) {
    history_.push_back(mean_point(LossPoint::Part::Validation, validation_sums_.data(),
                                  static_cast<double>(images)));
  }
  return history_.back();
}

NamedTensors TorchTrainer::state() const {
  NamedTensors state = prefixed("model.", model_state(*model_));
  for (const auto& [group, optimizer] : optimizers_) {
    for (auto& each : prefixed("optimizer." + group + ".", optimizer.state())) {
      state.push_back(std::move(each));
    }
  }
  state.emplace_back(kGeneratorState, at::Generator{generator_}.get_state());
  state.emplace_back("state.permutation", permutation_);
  state.emplace_back("state.epoch_sums", epoch_sums_);
  state.emplace_back(kPosition, torch::tensor({position_.step, std::int64_t{position_.epochs_done},
                                               position_.batch, std::int64_t{position_.validating}},
                                              torch::kInt64));
  return state;
}

void TorchTrainer::adopt(const NamedTensors& state) {
  const auto* position = named(state, kPosition).data_ptr<std::int64_t>();
  const std::int64_t steps = position_.steps_per_epoch;
  TORCH_CHECK(position[0] >= 0 && position[1] >= 0 && position[1] < (1 << 30) && position[2] >= 0 &&
                  position[2] <= steps && (position[3] == 1) == (position[2] == steps),
              "position ", position[0], ", ", position[1], ", ", position[2], ", ", position[3]);
  const torch::Tensor rows = torch::arange(training_images_.size(), torch::kInt64);
  TORCH_CHECK(std::get<0>(permutation_.sort()).equal(rows), "not a permutation");
  position_.step = position[0];
  position_.epochs_done = static_cast<int>(position[1]);
  position_.batch = position[2];
  position_.validating = position[3] == 1;
  generator_.set_state(named(state, kGeneratorState));
  validation_row_ = 0;
}

void TorchTrainer::keep_good_copy() {
  const Clock::time_point now = Clock::now();
  if (!good_.empty() && now - copied_at_ < kGoodCopyInterval) return;
  copied_at_ = now;
  const NamedTensors current = state();
  if (candidate_.size() == current.size()) {
    copy_state(candidate_, current);
  } else {
    candidate_ = cloned(current);
  }
  candidate_pending_ = true;
}

void TorchTrainer::roll_back() {
  const NamedTensors& kept = good_.empty() ? candidate_ : good_;
  copy_state(state(), kept);
  adopt(kept);
  candidate_pending_ = false;
  model_->restored();
  const std::int64_t step = position_.step;
  std::erase_if(history_, [step](const LossPoint& point) { return point.step > step; });
  // A knob that was turned after the kept weights acts from there on.
  for (KnobChange& change : knob_log_) change.step = std::min(change.step, step);
}

std::shared_ptr<const Snapshot> TorchTrainer::snapshot(std::int64_t number) {
  return translated([&] {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->number = number;
    snapshot->step = position_.step;
    snapshot->epoch = position_.epoch();
    const std::shared_ptr<models::Autoencoder> copy = frozen_copy(*model_);
    const Clock::time_point begin = Clock::now();
    if ((begin - diagnosed_at_) * kDiagnosticsShare >= diagnosis_cost_) {
      const ImageSource& images =
          validation_images_.size() > 0 ? validation_images_ : training_images_;
      diagnostics_ = diagnose(*copy, images, config_.seed);
      diagnosed_at_ = Clock::now();
      diagnosis_cost_ = diagnosed_at_ - begin;
    }
    snapshot->diagnostics = diagnostics_;
    snapshot->model = std::make_shared<FrozenNetwork>(copy, data_.train->shape);
    return std::shared_ptr<const Snapshot>{std::move(snapshot)};
  });
}

bool TorchTrainer::conclude(const std::function<bool()>& interrupted) {
  if (!data_.test || data_.test->size() == 0) return true;
  return translated([&] {
    const FrozenNetwork network{frozen_copy(*model_), data_.train->shape};
    const std::optional<std::string> record =
        measure_record(network, *data_.test, derived_seed(config_.seed, 0), interrupted);
    if (record) set_record(*record);
    return record.has_value();
  });
}

void TorchTrainer::set_record(const std::string& record_json) {
  record_json_ = merged_records(record_json_, record_json);
}

void TorchTrainer::save(const std::filesystem::path& path, bool finished) {
  RunHeader header;
  header.info.config = config_;
  header.info.data_title = data_.title;
  header.info.data_fingerprint = data_.fingerprint;
  header.info.program_version = LATENT_VERSION;
  header.info.step = position_.step;
  header.info.epoch = position_.epoch();
  header.info.seed = config_.seed;
  for (const torch::Tensor& parameter : model_->parameters()) {
    header.info.parameters += parameter.numel();
  }
  header.info.finished = finished;
  header.info.knobs = knob_log_;
  header.info.history = history_;
  header.info.record_json = record_json_;
  header.shape = data_.train->shape;
  header.classes = training_images_.classes();
  header.training_images = training_images_.size();
  header.knob_values = {{"learning_rate", learning_rate_}, {"threads", requested_threads_}};
  for (const Hyperparameter& each : info_.hyperparameters) {
    header.knob_values[each.id] = model_->hyperparameter(each.id);
  }
  write_run(path, header, state());
}

}  // namespace latent::training
