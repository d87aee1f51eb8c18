#include <algorithm>
#include <fstream>
#include <memory>

#include "arguments.h"
#include "commands.h"
#include "latent/error.h"
#include "program.h"
#include "run_file.h"

namespace latent::app {
namespace {

struct DecodeOptions {
  RunOptions run;
  std::string code;
  std::filesystem::path codes;
  ClassOption label;
  PictureOptions picture;
};

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == ',') {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

/// Codes from a table: its columns z0 … zL−1 where it has such a header, all L columns otherwise.
std::vector<float> read_codes(const std::filesystem::path& path, std::size_t dim) {
  const auto corrupt = [&](const std::string& what) {
    return Error(ErrorCode::DatasetCorrupt, path.string() + ": " + what);
  };
  std::ifstream file{path};
  if (!file) {
    throw Error(ErrorCode::DatasetNotFound, "The table " + path.string() + " cannot be read.");
  }
  std::vector<std::size_t> columns;
  std::vector<float> codes;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::vector<std::string> cells = cells_of(line);
    if (columns.empty()) {
      for (std::size_t d = 0; d < dim; ++d) {
        const auto named = std::find(cells.begin(), cells.end(), "z" + std::to_string(d));
        if (named != cells.end())
          columns.push_back(static_cast<std::size_t>(named - cells.begin()));
      }
      if (columns.size() == dim) continue;  // that line was the header
      if (cells.size() != dim) {
        throw corrupt("expected columns z0 … z" + std::to_string(dim - 1) + ", or " +
                      std::to_string(dim) + " columns of numbers; line " + std::to_string(number) +
                      " has " + std::to_string(cells.size()) + " columns.");
      }
      columns.resize(dim);
      for (std::size_t d = 0; d < dim; ++d) columns[d] = d;
    }
    for (const std::size_t column : columns) {
      const std::string where = "line " + std::to_string(number);
      if (column >= cells.size()) throw corrupt(where + " is too short.");
      try {
        const auto value = parse_numbers(cells[column], where);
        codes.push_back(value.at(0));
      } catch (const UsageError&) {
        throw corrupt(where + " should hold a number; found \"" + cells[column] + "\".");
      }
    }
  }
  if (codes.empty()) throw corrupt("the table holds no codes.");
  return codes;
}

int decode(const DecodeOptions& options, const Program& program) {
  expect_ending(options.picture.out, "--out", {".png"});
  expect_free(options.picture.out, options.picture.force);
  if (options.code.empty() == options.codes.empty()) {
    throw UsageError("One of --code and --codes says what to decode.");
  }
  std::vector<float> codes;
  if (!options.code.empty()) codes = parse_numbers(options.code, "--code");
  const OpenRun run = open_run(options.run.run);
  if (!options.codes.empty()) {
    codes = read_codes(options.codes, run.latent_dim());
  } else if (codes.size() != run.latent_dim()) {
    throw UsageError("The run's codes have " + std::to_string(run.latent_dim()) +
                     " numbers; --code has " + std::to_string(codes.size()) + ".");
  }
  const auto n = static_cast<int>(codes.size() / run.latent_dim());
  const int columns = options.picture.columns > 0 ? options.picture.columns : std::min(n, 16);
  const auto labels = options.label.labels(run, static_cast<std::size_t>(n), {0});
  write_sheet(options.picture, run, decode_codes(run, codes, labels), columns, program.json());
  return 0;
}

}  // namespace

void add_decode(Program& program) {
  const auto options = std::make_shared<DecodeOptions>();
  CLI::App* command = program.add_command(
      "Explore a run", "decode", "Draw the picture that a latent code stands for.",
      "  latent decode vae.safetensors --code 0.1,-1 --out picture.png\n"
      "  latent decode vae.safetensors --codes codes.csv --columns 20 --out sheet.png",
      [options, &program] { return decode(*options, program); });
  options->run.add_run(command);
  command->add_option("--code", options->code, "One code: its numbers with commas between.")
      ->option_text("Z0,Z1,…")
      ->group("Codes");
  command
      ->add_option("--codes", options->codes,
                   "A table of codes, one a line, as `latent encode` writes it.")
      ->option_text("FILE.csv")
      ->group("Codes");
  options->label.add_to(command, "0");
  options->picture.add_to(command, ".png");
  command->add_option("--columns", options->picture.columns, "Pictures in a row.")
      ->option_text("N")
      ->check(CLI::Range(1, 1000))
      ->group("Output");
  program.offer_json(command);
}

}  // namespace latent::app
