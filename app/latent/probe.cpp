#include "latent/probe.h"

#include <iostream>
#include <memory>
#include <sstream>

#include "arguments.h"
#include "commands.h"
#include "console.h"
#include "latent/left_out_class.h"
#include "program.h"
#include "run_file.h"

namespace latent::app {
namespace {

struct ProbeOptions {
  RunOptions run;
  std::string labels = "10,20,50,100,200,550,1000,all";
  std::uint64_t seed = 1;
  bool samples = false;
};

std::vector<std::int64_t> parse_label_counts(const std::string& text) {
  std::vector<std::int64_t> counts;
  std::istringstream words{text};
  for (std::string word; std::getline(words, word, ',');) {
    counts.push_back(word == "all" ? ProbeQuestion::kAll
                                   : parse_whole_numbers(word, "--labels").front());
    if (counts.back() < 1) {
      throw UsageError("--labels takes numbers from 1 on, or all, with commas between; found \"" +
                       text + "\".");
    }
  }
  if (counts.empty()) throw UsageError("--labels names no number of labels.");
  return counts;
}

void print_confusion(const ProbeReport& report, const ProbeResult& result,
                     const std::vector<std::string>& names) {
  const auto matrix = confusion_matrix(report.truth, result.predicted, report.classes);
  std::size_t width = 5;
  for (const std::string& name : names) width = std::max(width, columns_of(name) + 1);
  std::cout << "\nWith " << grouped(result.labels)
            << " labels: rows are true classes, columns what they are taken for\n"
            << std::string(width, ' ');
  for (const std::string& name : names) std::cout << right(name, width);
  std::cout << "\n";
  for (std::size_t row = 0; row < names.size(); ++row) {
    std::cout << right(names[row], width);
    for (std::size_t column = 0; column < names.size(); ++column) {
      std::cout << right(std::to_string(matrix[row * names.size() + column]), width);
    }
    std::cout << "\n";
  }
}

int probe(const ProbeOptions& options, const Program& program) {
  ProbeQuestion question;
  question.labels = parse_label_counts(options.labels);
  question.seed = options.seed;
  question.samples = options.samples;
  const OpenRun run = open_run(options.run.run);
  const DataSplit data = load_split(options.run, run);
  ProbeReport report;
  {
    ProgressLine line;
    report = probe_codes(*run.model, data, question,
                         [&](double share) { line.show(share, "Probing", ""); });
  }
  const std::vector<std::string>& names = data.train->class_names;
  if (program.json()) {
    nlohmann::ordered_json json = {{"codes", options.samples ? "sampled" : "means"},
                                   {"seed", options.seed},
                                   {"test_images", report.truth.size()},
                                   {"classes", names},
                                   {"results", nlohmann::ordered_json::array()}};
    for (const ProbeResult& result : report.results) {
      json["results"].push_back(
          {{"labels", result.labels},
           {"accuracy", result.accuracy},
           {"confusion", confusion_matrix(report.truth, result.predicted, report.classes)}});
    }
    print_json(json);
    return 0;
  }
  std::cout << "A linear classifier on the frozen codes ("
            << (options.samples ? "z sampled" : "posterior means") << "), "
            << grouped(static_cast<std::int64_t>(report.truth.size())) << " test images\n"
            << right("labels", 10) << right("accuracy", 12) << "\n";
  for (const ProbeResult& result : report.results) {
    std::cout << right(grouped(result.labels), 10)
              << right(fixed(100.0 * result.accuracy, 2) + " %", 12) << "\n";
  }
  if (const auto left_out = left_out_class(run.info.config.data);
      left_out && options.run.data.empty()) {
    std::cout << "Neither the run nor the probe was trained with class "
              << names.at(static_cast<std::size_t>(left_out->label))
              << ": its test images are told wrong.\n";
  }
  print_confusion(report, report.results.back(), names);
  return 0;
}

}  // namespace

void add_probe(Program& program) {
  const auto options = std::make_shared<ProbeOptions>();
  CLI::App* command = program.add_command(
      "Explore a run", "probe",
      "What a linear classifier can read from the run's frozen codes, and how many labels it "
      "takes. "
      "The labelled training images are balanced over the classes and chosen by the seed, fewer "
      "among more; training stops when the validation part says that nothing is gained, and "
      "accuracy is that of the whole test part.",
      "  latent probe vae.safetensors\n"
      "  latent probe vae.safetensors --labels 10,100,1000 --seed 2\n"
      "  latent probe vae.safetensors --labels all --sample --json",
      [options, &program] { return probe(*options, program); });
  options->run.add_run(command);
  options->run.add_data(command);
  command
      ->add_option("--labels", options->labels,
                   "Numbers of labelled training images; all: every one that there is.")
      ->option_text("N,N,…")
      ->capture_default_str()
      ->group("Probe");
  command->add_option("--seed", options->seed, "Which images are labelled, and every random draw.")
      ->option_text("N")
      ->capture_default_str()
      ->group("Probe");
  command
      ->add_flag("--sample", options->samples,
                 "Draw z from each Gaussian posterior at each look, in place of its mean.")
      ->group("Probe");
  program.offer_json(command);
}

}  // namespace latent::app
