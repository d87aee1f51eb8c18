#include "latent/bakeoff.h"

#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "arguments.h"
#include "commands.h"
#include "console.h"
#include "latent/data_catalogue.h"
#include "latent/error.h"
#include "program.h"

namespace latent::app {
namespace {

namespace fs = std::filesystem;

struct BakeoffOptions {
  TrainingConfig training = BakeoffConfig::protocol();
  std::string models = "all";
  std::string tasks;
  std::string network = "dense";
  std::string widths = "auto";
  std::string loss = "bce";
  std::string binarize = "none";
  int seeds = 3;
  int at_once = 0;
  int probe_images = BakeoffConfig{}.probe_images;
  int anomaly_class = BakeoffConfig{}.anomaly_class;
  fs::path out;
  bool report_only = false;
  const CLI::App* command = nullptr;
};

/// The ids of all tasks, with `separator` between.
std::string task_list(const std::string& separator) {
  std::string list;
  for (const std::string& id : all_bakeoff_tasks()) list += (list.empty() ? "" : separator) + id;
  return list;
}

BakeoffConfig make_config(const BakeoffOptions& options, const Engine& engine) {
  BakeoffConfig config;
  config.training = options.training;
  config.training.hidden_widths = parse_widths(options.widths);
  config.training.network =
      options.network == "conv" ? NetworkKind::Convolutional : NetworkKind::Dense;
  config.training.reconstruction_loss = options.loss == "mse"
                                            ? ReconstructionLoss::SquaredError
                                            : ReconstructionLoss::BinaryCrossEntropy;
  config.training.binarization = options.binarize == "threshold" ? Binarization::Threshold
                                 : options.binarize == "resampled"
                                     ? Binarization::ResampledEachEpoch
                                     : Binarization::None;
  config.competitors = bakeoff_competitors(engine, options.models);
  config.seeds = options.seeds;
  config.at_once = options.at_once;
  config.tasks = bakeoff_tasks_named(options.tasks);
  config.probe_images = options.probe_images;
  config.anomaly_class = options.anomaly_class;
  return config;
}

void print_table(const BakeoffConfig& config, const std::vector<BakeoffResult>& results,
                 const fs::path& folder, bool json) {
  if (json) {
    std::ifstream in{folder / "results.json"};
    print_json(nlohmann::ordered_json::parse(in));
    return;
  }
  std::cout << bakeoff_markdown(config, results)
            << "\nMean ± standard deviation over the seeds; the best of a column is **bold**"
            << (config.training == BakeoffConfig::protocol() ? "; the published figure is in "
                                                               "brackets"
                                                             : "")
            << ".\nThe report: " << (folder / "report.html").string() << "\n";
}

int report(const BakeoffOptions& options, const Program& program) {
  const Engine& engine = load_engine();
  const BakeoffConfig config = read_bakeoff_config(options.out);
  const auto results = read_bakeoff_results(options.out, config);
  write_bakeoff_report(engine, options.out, config, results);
  print_table(config, results, options.out, program.json());
  return 0;
}

int bakeoff(const BakeoffOptions& options, const Program& program) {
  if (options.report_only) return report(options, program);
  const Engine& engine = load_engine();
  const BakeoffConfig config = make_config(options, engine);
  ProgressLine line;
  const DataSplit data =
      load_data(config.training.data, {},
                [&](std::int64_t done, std::int64_t total, const std::string& what) {
                  line.show(total > 0 ? static_cast<double>(done) / static_cast<double>(total) : -1,
                            what, "");
                });

  const Interruption interruption;
  std::stop_source stop;
  BakeoffObserver observer;
  observer.progress = [&](const BakeoffProgress& progress) {
    if (Interruption::requested()) stop.request_stop();
    line.show(progress.share, progress.what,
              progress.seconds_left > 0.0 ? duration(progress.seconds_left) + " left" : "");
  };
  std::vector<BakeoffResult> results;
  observer.result = [&](const BakeoffResult& result) {
    results.push_back(result);
    line.clear();
    std::ostream& out = program.json() ? std::cerr : std::cout;
    out << result.competitor << ", seed " << result.seed << ":";
    for (const BakeoffColumn& column : bakeoff_columns()) {
      const auto found = result.figures.find(column.id);
      if (found == result.figures.end()) continue;
      out << " " << column.id << " " << fixed(found->second, column.decimals);
    }
    out << std::endl;  // seen at once also where it is not a terminal
    // The report is whole at any moment, however the bake-off ends.
    write_bakeoff_report(engine, options.out, config, results);
  };
  try {
    results = run_bakeoff(engine, data, config, options.out, observer, stop.get_token());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::Cancelled) throw;
    line.clear();
    std::cerr << "Stopped; the same command goes on where it was.\n";
    return 0;
  }
  line.clear();
  write_bakeoff_report(engine, options.out, config, results);
  print_table(config, results, options.out, program.json());
  return 0;
}

}  // namespace

void add_bakeoff(Program& program) {
  const auto options = std::make_shared<BakeoffOptions>();
  options->tasks = task_list(",");
  CLI::App* command = program.add_command(
      "Training", "bakeoff",
      "Train systems side by side and measure which serves which task: reconstruction, a linear "
      "probe on few labels, finding a class that training never saw, samples, the structure of the "
      "codes, and pictures. Without options it is the published protocol. Stopped at any moment, "
      "the same command goes on where it was.",
      "  latent bakeoff --data mnist --models all --seeds 3 --epochs 60 --out bakeoff-mnist\n"
      "  latent bakeoff --models others --epochs 20 --seeds 1 --tasks none --out others\n"
      "  latent bakeoff --models vae,iwae --binarize resampled --padding 0 --tasks likelihood "
      "--out nll\n"
      "  latent bakeoff --report --out bakeoff-mnist",
      [options, &program] { return bakeoff(*options, program); });
  options->command = command;
  command->add_option("--data", options->training.data, "A data set of `latent data`.")
      ->option_text("NAME")
      ->capture_default_str()
      ->group("What to compare");
  command
      ->add_option("--models", options->models,
                   "all: the published nine; others: every system beside them; every: all there "
                   "are; or ids separated by commas, also beta-vae-strict and beta-vae-loose, each "
                   "with options of its own as in m2:labels=600:alpha=5.")
      ->option_text("LIST")
      ->capture_default_str()
      ->group("What to compare");
  command->add_option("--seeds", options->seeds, "Each system is trained with seeds 1 to N.")
      ->option_text("N")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000))
      ->group("What to compare");
  command
      ->add_option(
          "--tasks", options->tasks,
          task_list(", ") + ", or none: reconstruction and training time are always measured.")
      ->option_text("LIST")
      ->capture_default_str()
      ->group("What to compare");
  command
      ->add_option("--probe-images", options->probe_images,
                   "Labelled training images that the probe sees.")
      ->option_text("N")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000))
      ->group("What to compare");
  command
      ->add_option("--anomaly-class", options->anomaly_class,
                   "The class that the anomaly task leaves out, counted from 0.")
      ->option_text("N")
      ->capture_default_str()
      ->group("What to compare");
  command->add_option("--epochs", options->training.epochs, "Passes over the training images.")
      ->option_text("N")
      ->capture_default_str()
      ->group("Protocol");
  command->add_option("--latent", options->training.latent_dim, "Numbers in a latent code.")
      ->option_text("N")
      ->capture_default_str()
      ->group("Protocol");
  command->add_option("--batch", options->training.batch_size, "Images per step.")
      ->option_text("N")
      ->capture_default_str()
      ->group("Protocol");
  command->add_option("--padding", options->training.padding, "Empty pixels around each picture.")
      ->option_text("N")
      ->capture_default_str()
      ->group("Protocol");
  command
      ->add_option("--widths", options->widths,
                   "Hidden widths, outermost first; auto shrinks from the picture to the code.")
      ->option_text("N,N,…")
      ->capture_default_str()
      ->group("Protocol");
  command->add_option("--network", options->network, "dense, or conv.")
      ->option_text("KIND")
      ->capture_default_str()
      ->check(CLI::IsMember({"dense", "conv"}))
      ->group("Protocol");
  command->add_option("--loss", options->loss, "bce, or mse: half the squared error.")
      ->option_text("KIND")
      ->capture_default_str()
      ->check(CLI::IsMember({"bce", "mse"}))
      ->group("Protocol");
  command
      ->add_option("--binarize", options->binarize,
                   "none; threshold; or resampled: each pixel drawn anew each epoch, as published "
                   "likelihoods are.")
      ->option_text("KIND")
      ->capture_default_str()
      ->check(CLI::IsMember({"none", "threshold", "resampled"}))
      ->group("Protocol");
  command
      ->add_option("--threads", options->training.threads,
                   "Threads that train each; 0: one where several train at once, otherwise as "
                   "many as the machine has free.")
      ->option_text("N")
      ->capture_default_str()
      ->group("Protocol");
  command
      ->add_option("--at-once", options->at_once,
                   "Systems trained at the same time; 0: one for each processor, which is the "
                   "fastest.")
      ->option_text("N")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024))
      ->group("Protocol");
  command
      ->add_option("--out", options->out,
                   "Folder of the runs, the results and the report; made when it is not there.")
      ->option_text("DIR")
      ->required()
      ->group("Output");
  command->add_flag("--report", options->report_only, "Only write the report of what is there.")
      ->group("Output");
  program.offer_json(command);
}

}  // namespace latent::app
