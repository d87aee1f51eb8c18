#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "app/program_runner.h"
#include "support/catch.h"

using latent::test::Outcome;
using latent::test::run_latent;
using latent::test::ScratchFolder;

namespace {

const std::vector<std::string> kCommands{
    "train", "info", "encode", "decode", "sample", "interpolate", "traverse", "reconstruct",
    "grid",  "task", "models", "data",   "fetch",  "doctor",      "export"};

void check_refusal(const Outcome& outcome, int exit_code, const std::string& mentions) {
  INFO(outcome.errors);
  CHECK(outcome.exit_code == exit_code);
  CHECK(outcome.output.empty());
  CHECK_THAT(outcome.errors, ContainsSubstring(mentions));
  CHECK(std::count(outcome.errors.begin(), outcome.errors.end(), '\n') == 1);
}

/// Names an engine that is not there: whoever loads it fails.
struct WithoutEngine {
  WithoutEngine() { setenv("LATENT_ENGINE", "/nowhere/engine.so", 1); }
  ~WithoutEngine() { unsetenv("LATENT_ENGINE"); }
};

}  // namespace

TEST_CASE("every command explains itself without loading the engine", "[app]") {
  const WithoutEngine none;
  const Outcome overview = run_latent({"--help"});
  CHECK(overview.exit_code == 0);
  for (const std::string& command : kCommands) {
    CHECK_THAT(overview.output, ContainsSubstring("  " + command));
    const Outcome help = run_latent({command, "--help"});
    INFO(command);
    CHECK(help.exit_code == 0);
    CHECK(help.errors.empty());
    CHECK_THAT(help.output, ContainsSubstring("Usage: latent " + command));
    CHECK_THAT(help.output, ContainsSubstring("Examples:"));
  }
}

TEST_CASE("the version is one line", "[app]") {
  const Outcome outcome = run_latent({"--version"});
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.output, ContainsSubstring("latent "));
}

TEST_CASE("nonsense on the command line is answered by a sentence and exit code 2", "[app]") {
  const WithoutEngine none;
  CHECK(run_latent({}).exit_code == 2);
  check_refusal(run_latent({"trian"}), 2, "trian");
  check_refusal(run_latent({"decode"}), 2, "missing");
  check_refusal(run_latent({"info"}), 2, "RUN");
  check_refusal(run_latent({"sample", "run.safetensors", "--n", "many", "--out", "a.png"}), 2,
                "many");
  check_refusal(run_latent({"sample", "run.safetensors", "--n", "0", "--out", "a.png"}), 2, "--n");
  check_refusal(run_latent({"train", "--epochs", "ten"}), 2, "ten");
  check_refusal(run_latent({"train", "--network", "huge"}), 2, "huge");
  check_refusal(run_latent({"train", "--out", "run.txt"}), 2, ".safetensors");
  check_refusal(run_latent({"data", "--bogus"}), 2, "--bogus");
  check_refusal(run_latent({"decode", "r", "--out", "a.bmp", "--code", "1"}), 2, ".png");
  check_refusal(run_latent({"decode", "r", "--out", "a.png"}), 2, "--code");
  check_refusal(run_latent({"decode", "r", "--out", "a.png", "--code", "1,x"}), 2, "1,x");
  check_refusal(run_latent({"traverse", "r", "--out", "a.png", "--range", "3,-3"}), 2, "3,-3");
  check_refusal(run_latent({"reconstruct", "r", "--out", "a.png", "--indices", "1.5"}), 2, "1.5");
}

TEST_CASE("a missing engine is a failure, not a mistake in the line", "[app]") {
  const WithoutEngine none;
  check_refusal(run_latent({"models"}), 1, "/nowhere/engine.so");
}

TEST_CASE("a file that is already there is not replaced unasked", "[app]") {
  const ScratchFolder folder;
  const std::string file = folder.file("keep.png");
  std::ofstream{file} << "mine";
  const WithoutEngine none;
  check_refusal(run_latent({"decode", "r", "--code", "1", "--out", file}), 2, "--force");
  std::string content;
  std::ifstream{file} >> content;
  CHECK(content == "mine");
}
