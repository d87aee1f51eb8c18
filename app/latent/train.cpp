#include <algorithm>
#include <condition_variable>
#include <ctime>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>

#include "arguments.h"
#include "commands.h"
#include "console.h"
#include "hyperparameter_flags.h"
#include "latent/data_catalogue.h"
#include "latent/engine.h"
#include "latent/error.h"
#include "latent/latent_space.h"
#include "latent/left_out_class.h"
#include "models.h"
#include "program.h"
#include "run_file.h"
#include "run_json.h"
#include "training_report.h"

namespace latent::app {
namespace {

namespace fs = std::filesystem;

struct TrainOptions {
  TrainingConfig config;
  std::string network = "dense";
  std::string widths = "512,256";
  std::string loss = "bce";
  std::string binarize = "none";
  int left_out_class = -1;
  bool plain = false;
  bool keep_epochs = false;
  fs::path out;
  fs::path resume;
  bool force = false;
  const CLI::App* command = nullptr;

  bool given(const char* flag) const { return command->get_option(flag)->count() > 0; }
};

/// Full MNIST where it is, otherwise the ten thousand digits that ship with the program.
std::string default_data() {
  for (const DataSourceInfo& source : list_data_sources()) {
    if (source.id == "mnist" && source.available) return source.id;
  }
  return "mnist-10k";
}

TrainingConfig make_config(const TrainOptions& options, const ModelInfo& model) {
  TrainingConfig config = options.config;
  config.network = options.network == "conv" ? NetworkKind::Convolutional : NetworkKind::Dense;
  config.reconstruction_loss = options.loss == "mse" ? ReconstructionLoss::SquaredError
                                                     : ReconstructionLoss::BinaryCrossEntropy;
  config.binarization = options.binarize == "threshold"   ? Binarization::Threshold
                        : options.binarize == "resampled" ? Binarization::ResampledEachEpoch
                                                          : Binarization::None;
  config.fast_path = !options.plain;
  config.hidden_widths = parse_widths(options.widths);
  config.hyperparameters = parse_hyperparameters(options.command->remaining(), model);
  if (!options.given("--latent")) config.latent_dim = model.usual_codes;
  if (config.data.empty()) config.data = default_data();
  if (options.left_out_class >= 0) {
    config.data = to_specification({options.left_out_class, config.data});
  }
  validate(config, model);
  return config;
}

/// A file of its own for each run, in the folder where the window keeps its runs too.
fs::path default_path(const TrainingConfig& config) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char time[32];
  std::strftime(time, sizeof time, "%Y%m%d-%H%M%S", &local);
  std::string data = fs::path(config.data).filename().string();
  std::replace_if(
      data.begin(), data.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_'; }, '-');
  const std::string stem = std::string(time) + "-" + config.model + "-" + data.substr(0, 40);
  for (int number = 1;; ++number) {
    fs::path path = user_data_directory() / "runs" /
                    (stem + (number == 1 ? "" : "-" + std::to_string(number)) + ".safetensors");
    std::error_code ignored;
    if (!fs::exists(path, ignored)) return path;
  }
}

/// A session, and the thread that waits for what it says.
class Watched {
 public:
  SessionOptions options(const fs::path& autosave, bool keep_epochs) {
    SessionOptions options;
    options.autosave_path = autosave;
    if (keep_epochs) options.keep = kUsualKeepBudget;
    options.snapshots_per_second = 0.0;  // nobody looks while it trains
    options.wake = [this] {
      {
        const std::lock_guard lock{mutex_};
        woken_ = true;
      }
      changed_.notify_one();
    };
    return options;
  }

  /// Until the session has something to say, or a tenth of a second.
  void wait() {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, std::chrono::milliseconds(100), [this] { return woken_; });
    woken_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

/// Saves and waits for the answer. Throws the session's own error when it cannot be saved.
void save_and_wait(Session& session, Watched& watched, const fs::path& path) {
  session.take_events();  // an autosave's answer may still wait there
  session.save(path);
  for (;;) {
    for (const SessionEvent& event : session.take_events()) {
      if (std::holds_alternative<RunSaved>(event)) return;
      if (const auto* failed = std::get_if<SaveFailed>(&event)) throw failed->error;
    }
    watched.wait();
  }
}

enum class Ending { Done, Interrupted };

/// Trains to the goal or to Ctrl-C. Throws the session's error when the run fails.
Ending train_on(Session& session, Watched& watched, TrainingReport& report) {
  const Interruption interruption;
  session.play();
  for (;;) {
    watched.wait();
    report.take(session.take_losses());
    report.show(session.progress());
    for (const SessionEvent& event : session.take_events()) {
      if (const auto* failed = std::get_if<RunFailed>(&event)) throw failed->error;
      if (const auto* unsaved = std::get_if<SaveFailed>(&event)) {
        report.say(std::string("Warning: ") + unsaved->error.what());
      }
      const auto* changed = std::get_if<StateChanged>(&event);
      if (changed != nullptr && changed->state == SessionState::Finished) {
        report.take(session.take_losses());
        return Ending::Done;
      }
    }
    if (Interruption::requested()) {
      session.pause();
      while (session.progress().state == SessionState::Running) watched.wait();
      report.take(session.take_losses());
      return Ending::Interrupted;
    }
  }
}

/// What the engine does not measure itself: how far apart the classes are on a map of codes that
/// have more than two numbers.
void record_map_accuracy(Session& session, const OpenRun& run) {
  const Dataset& test = *session.data().test;
  if (run.latent_dim() < 3 || !run.model->info().has_encoder || test.class_names.empty()) return;
  const Codes codes = encode_rows(run, test, all_rows(test));
  std::vector<float> points(2 * static_cast<std::size_t>(test.size()));
  fit_pca(codes.mean, run.model->latent_dim()).project(codes.mean, points);
  session.set_record(
      nlohmann::json{{"knn_accuracy_2d", knn_accuracy(points, 2, test.labels, 15, /*threads=*/0)}}
          .dump());
}

void print_result(const RunFileInfo& info, const ModelInfo& model) {
  const auto record = nlohmann::json::parse(info.record_json, nullptr, false);
  if (!record.is_object()) return;
  if (record.contains("test_total")) {
    std::cout << "Test: " << fixed(record["test_total"].get<double>(), 2) << " nats per image";
    std::string parts;
    if (model.loss_terms.size() > 1) {
      for (const LossTerm& term : model.loss_terms) {
        const std::string key = "test_" + term.id;
        if (!record.contains(key)) continue;
        parts +=
            (parts.empty() ? " (" : ", ") + term.title + " " + fixed(record[key].get<double>(), 2);
      }
    }
    std::cout << parts << (parts.empty() ? "" : ")") << ", "
              << grouped(record.value("test_images", std::int64_t{0})) << " images.\n";
  }
  if (record.contains("knn_accuracy_2d")) {
    std::cout << "Classes apart in the map: "
              << fixed(100 * record["knn_accuracy_2d"].get<double>(), 1)
              << " % of the 2-D test codes are of the class that most of their 15 nearest have.\n";
  }
}

int finish(Session& session, Watched& watched, Ending ending, const fs::path& path, bool json) {
  const Engine& engine = load_engine();
  save_and_wait(session, watched, path);
  if (ending == Ending::Done) {
    record_map_accuracy(session, open_run(path));
    save_and_wait(session, watched, path);
  }
  const RunFileInfo info = engine.read_run_info(path);
  const ModelInfo& model = session.model();
  if (json) {
    nlohmann::ordered_json result = run_as_json(info, model);
    result["interrupted"] = ending == Ending::Interrupted;
    print_json(result);
    return 0;
  }
  if (ending == Ending::Interrupted) {
    std::cout << "Stopped after " << fixed(info.epoch, 2) << " epochs. `latent train --resume "
              << path.string() << "` goes on from here.\n";
  } else {
    print_result(info, model);
  }
  std::cout << "Saved: " << path.string() << "\n";
  return 0;
}

int run_session(Session& session, Watched& watched, const fs::path& path, bool json) {
  // Found out now, not after the first epoch: that the run cannot be saved where it should.
  save_and_wait(session, watched, path);
  Ending ending = Ending::Done;
  {
    TrainingReport report{session, json};
    ending = train_on(session, watched, report);
  }
  return finish(session, watched, ending, path, json);
}

void announce(const Session& session, const fs::path& path, bool json) {
  std::ostream& out = json ? std::cerr : std::cout;
  const DataSplit& data = session.data();
  out << session.model().title << " on " << data.title << ": " << grouped(data.train->size())
      << " images to train, " << grouped(data.validation->size()) << " to validate, "
      << grouped(data.test->size()) << " to test.\n"
      << "The run is saved in " << path.string() << " after each epoch.\n"
      << std::flush;
}

DataSplit load_for_training(const std::string& name) {
  ProgressLine progress;
  return load_data(name, {}, [&](std::int64_t done, std::int64_t total, const std::string& what) {
    progress.show(total > 0 ? static_cast<double>(done) / static_cast<double>(total) : -1.0, what,
                  "");
  });
}

int train_new(const TrainOptions& options, const Program& program) {
  if (!options.out.empty()) {
    expect_ending(options.out, "--out", {".safetensors"});
    expect_free(options.out, options.force);
  }
  const Engine& engine = load_engine();
  const TrainingConfig config = make_config(options, engine.model(options.config.model));
  const fs::path path = options.out.empty() ? default_path(config) : options.out;
  Watched watched;
  const auto session = engine.make_session(config, load_for_training(config.data),
                                           watched.options(path, options.keep_epochs));
  announce(*session, path, program.json());
  return run_session(*session, watched, path, program.json());
}

int train_further(const TrainOptions& options, const Program& program) {
  for (const char* flag : {"--model", "--network", "--widths", "--padding", "--latent", "--batch",
                           "--seed", "--loss", "--binarize", "--plain", "--without-class"}) {
    if (options.given(flag)) {
      throw UsageError(std::string(flag) + " cannot change in a run that goes on.");
    }
  }
  const fs::path path = options.out.empty() ? options.resume : options.out;
  expect_ending(path, "--out", {".safetensors"});
  expect_free(path, options.force || path == options.resume);

  const Engine& engine = load_engine();
  const RunFileInfo info = engine.read_run_info(options.resume);
  const ModelInfo& model = engine.model(info.config.model);
  const auto knobs = parse_hyperparameters(options.command->remaining(), model);
  const std::string data = options.given("--data") ? options.config.data : info.config.data;
  if (options.keep_epochs) share_kept_epochs(options.resume, path);
  Watched watched;
  const auto session = engine.open_session(options.resume, load_for_training(data),
                                           watched.options(path, options.keep_epochs));
  if (options.given("--epochs")) session->set_epochs(options.config.epochs);
  if (options.given("--lr")) session->set_knob("learning_rate", options.config.learning_rate);
  if (options.given("--threads")) session->set_knob("threads", options.config.threads);
  for (const auto& [id, value] : knobs) session->set_knob(id, value);
  const int goal = options.given("--epochs") ? options.config.epochs : info.config.epochs;
  if (info.epoch >= goal) {
    throw UsageError("The run has already been trained for " + exact(info.epoch) +
                     " epochs: --epochs must name more.");
  }
  announce(*session, path, program.json());
  return run_session(*session, watched, path, program.json());
}

void add_network_options(CLI::App* command, TrainOptions& options) {
  command->add_option("--network", options.network, "dense, or conv: three stride-2 blocks.")
      ->option_text("KIND")
      ->capture_default_str()
      ->check(CLI::IsMember({"dense", "conv"}))
      ->group("Network");
  command
      ->add_option("--widths", options.widths,
                   "Hidden widths of the dense encoder, outermost first; the decoder mirrors them. "
                   "\"auto\" shrinks from the picture to the code.")
      ->option_text("N,N,…")
      ->capture_default_str()
      ->group("Network");
  command
      ->add_option("--latent", options.config.latent_dim,
                   "Numbers in a latent code; left out, as many as is usual for the system (2; "
                   "`latent models` says where it is more).")
      ->option_text("N")
      ->group("Network");
  command->add_option("--padding", options.config.padding, "Empty pixels around each picture.")
      ->option_text("N")
      ->capture_default_str()
      ->group("Network");
}

void add_training_options(CLI::App* command, TrainOptions& options) {
  TrainingConfig& config = options.config;
  const std::string group = "Training";
  command->add_option("--epochs", config.epochs, "Passes over the training images.")
      ->option_text("N")
      ->capture_default_str()
      ->group(group);
  command->add_option("--batch", config.batch_size, "Images per step.")
      ->option_text("N")
      ->capture_default_str()
      ->group(group);
  command->add_option("--lr", config.learning_rate, "Learning rate of Adam.")
      ->option_text("X")
      ->default_str("0.001")
      ->group(group);
  command
      ->add_option("--loss", options.loss,
                   "bce: binary cross-entropy; mse: half the squared error. Both are summed over "
                   "the pixels, nats per image.")
      ->option_text("KIND")
      ->capture_default_str()
      ->check(CLI::IsMember({"bce", "mse"}))
      ->group(group);
  command
      ->add_option("--binarize", options.binarize,
                   "none, threshold (at one half), or resampled (drawn anew each epoch).")
      ->option_text("HOW")
      ->capture_default_str()
      ->check(CLI::IsMember({"none", "threshold", "resampled"}))
      ->group(group);
  command->add_option("--seed", config.seed, "Of every random draw: the same seed, the same run.")
      ->option_text("N")
      ->capture_default_str()
      ->group(group);
  command
      ->add_option("--threads", config.threads,
                   "Threads that train; 0: as many as the machine has free.")
      ->option_text("N")
      ->capture_default_str()
      ->group(group);
  command
      ->add_flag("--plain", options.plain,
                 "LibTorch's own modules in place of the fast path: slower, to compare with.")
      ->group(group);
}

}  // namespace

void add_train(Program& program) {
  const auto options = std::make_shared<TrainOptions>();
  options->config.data.clear();
  CLI::App* command = program.add_command(
      "Training", "train",
      "Train a run, and save it after each epoch. Ctrl-C saves it too, and --resume goes on bit "
      "for bit as if it had never stopped.",
      "  latent train --data mnist --model vae --latent 2 --epochs 10 --out vae.safetensors\n"
      "  latent train --model vae --beta 2 --latent 20 --widths 512,256\n"
      "  latent train --resume vae.safetensors --epochs 20 --lr 0.0005\n"
      "  latent train --model vae --help          with the system's own options",
      [options, &program] {
        return options->resume.empty() ? train_new(*options, program)
                                       : train_further(*options, program);
      });
  options->command = command;
  command->allow_extras();  // the system's own options, read by its own list
  command
      ->add_option("--data", options->config.data,
                   "A data set of `latent data`, or idx:IMAGES,LABELS, npz:FILE, folder:DIR "
                   "(default mnist where it is, otherwise mnist-10k).")
      ->option_text("NAME")
      ->group("What to train");
  command
      ->add_option(
          "--without-class", options->left_out_class,
          "Leave the images of this class, counted from 0, out of training and validation; "
          "`latent anomaly` then looks for them.")
      ->option_text("N")
      ->check(CLI::Range(0, 1'000'000))
      ->group("What to train");
  command->add_option("--model", options->config.model, "A system of `latent models`.")
      ->option_text("ID")
      ->capture_default_str()
      ->group("What to train");
  command
      ->add_option("--resume", options->resume,
                   "Go on with this run. --epochs, --lr, --threads and the system's hot options "
                   "may change.")
      ->option_text("RUN")
      ->group("What to train");
  add_network_options(command, *options);
  add_training_options(command, *options);
  command
      ->add_option("--out", options->out,
                   "The run's file, .safetensors (default: one of its own in your data folder).")
      ->option_text("FILE")
      ->group("Output");
  command
      ->add_flag(
          "--keep-epochs", options->keep_epochs,
          "Keep the run as it was after each epoch beside its file, in NAME.epochs: at most "
          "64 epochs or 256 MiB, dense near the beginning and the end. The window's timeline "
          "shows them.")
      ->group("Output");
  command->add_flag("--force", options->force, "Replace the file when it is there.")
      ->group("Output");
  program.offer_json(command);
  program.extend_help(command, [options] {
    // Only then: the list needs LibTorch, which takes half a second to load.
    return options->given("--model")
               ? hyperparameter_help(load_engine().model(options->config.model))
               : std::string(
                     "\nEach system has options of its own: `latent models vae`, or give --model "
                     "before --help.\n");
  });
}

}  // namespace latent::app
