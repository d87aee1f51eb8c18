#include <iostream>
#include <memory>

#include "arguments.h"
#include "commands.h"
#include "console.h"
#include "latent/atomic_file.h"
#include "latent/npz_file.h"
#include "program.h"
#include "run_file.h"

namespace latent::app {
namespace {

struct EncodeOptions {
  RunOptions run;
  std::filesystem::path out;
  bool posterior = false;
  bool force = false;
};

void write_table(std::ostream& out, const Part& part, const Codes& codes, std::size_t dim) {
  out << "index,label";
  for (std::size_t d = 0; d < dim; ++d) out << ",z" << d;
  if (!codes.log_var.empty()) {
    for (std::size_t d = 0; d < dim; ++d) out << ",log_var" << d;
  }
  out << "\n";
  for (std::size_t row = 0; row < part.index.size(); ++row) {
    out << part.index[row] << ',' << part.images->labels[row];
    for (std::size_t d = 0; d < dim; ++d) out << ',' << exact(codes.mean[row * dim + d]);
    if (!codes.log_var.empty()) {
      for (std::size_t d = 0; d < dim; ++d) out << ',' << exact(codes.log_var[row * dim + d]);
    }
    out << "\n";
  }
}

/// The same as arrays: index [n], label [n], z [n, L], log_var [n, L].
void write_arrays(const std::filesystem::path& path, const Part& part, const Codes& codes,
                  std::size_t dim) {
  const auto n = static_cast<std::int64_t>(part.index.size());
  const auto length = static_cast<std::int64_t>(dim);
  const std::vector<std::int64_t> labels(part.images->labels.begin(), part.images->labels.end());
  std::vector<NpzArray> arrays = {{"index", {n}, std::span(part.index)},
                                  {"label", {n}, std::span(labels)},
                                  {"z", {n, length}, std::span(codes.mean)}};
  if (!codes.log_var.empty()) {
    arrays.push_back({"log_var", {n, length}, std::span(codes.log_var)});
  }
  write_npz(path, arrays);
}

int encode(const EncodeOptions& options, const Program& program) {
  expect_ending(options.out, "--out", {".csv", ".npz"});
  expect_free(options.out, options.force);
  const OpenRun run = open_run(options.run.run);
  const Part part = load_part(options.run, run);
  const Codes codes = encode_rows(run, *part.images, all_rows(*part.images), options.posterior);
  if (options.posterior && codes.log_var.empty()) {
    throw UsageError(run.model->info().title + " encodes to points: it has no --posterior.");
  }
  if (options.out.extension() == ".npz") {
    write_arrays(options.out, part, codes, run.latent_dim());
  } else {
    write_atomically(options.out,
                     [&](std::ostream& out) { write_table(out, part, codes, run.latent_dim()); });
  }
  if (program.json()) {
    print_json({{"file", options.out.string()},
                {"images", part.index.size()},
                {"latent_dim", run.latent_dim()}});
  } else {
    std::cout << "Wrote " << options.out.string() << ": "
              << grouped(static_cast<std::int64_t>(part.index.size())) << " codes of "
              << run.latent_dim() << (run.latent_dim() == 1 ? " number.\n" : " numbers.\n");
  }
  return 0;
}

}  // namespace

void add_encode(Program& program) {
  const auto options = std::make_shared<EncodeOptions>();
  CLI::App* command = program.add_command(
      "Explore a run", "encode",
      "Write the latent codes of images: a table of index, label, z0, z1, …, or NumPy arrays.",
      "  latent encode vae.safetensors --out codes.csv\n"
      "  latent encode vae.safetensors --out codes.npz   (arrays index, label, z)\n"
      "  latent encode vae.safetensors --data folder:my-digits --part train --out mine.csv",
      [options, &program] { return encode(*options, program); });
  options->run.add_run_and_data(command);
  command->add_option("--out", options->out, "Where the codes go (.csv or .npz).")
      ->option_text("FILE")
      ->required()
      ->group("Output");
  command
      ->add_flag("--posterior", options->posterior,
                 "Also the logarithm of each posterior's variance, log_var0, log_var1, … (array "
                 "log_var).")
      ->group("Output");
  command->add_flag("--force", options->force, "Replace the file when it is there.")
      ->group("Output");
  program.offer_json(command);
}

}  // namespace latent::app
