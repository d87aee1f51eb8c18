#include <cmath>
#include <nlohmann/json.hpp>

#include "app/program_runner.h"
#include "support/catch.h"

using namespace latent::test;
using nlohmann::json;

namespace {

/// A run that has never seen a one.
const std::string& run_without_ones() {
  static const ScratchFolder folder;
  static const std::string path = [] {
    const std::string file = folder.file("no-ones.safetensors");
    const Outcome outcome =
        run_latent({"train", "--data", "mnist-10k", "--without-class", "1", "--model", "vae",
                    "--latent", "2", "--widths", "64,32", "--epochs", "2", "--out", file});
    INFO(outcome.errors);
    REQUIRE(outcome.exit_code == 0);
    CHECK_THAT(outcome.output, ContainsSubstring("without class 1"));
    return file;
  }();
  return path;
}

json anomaly(std::vector<std::string> words) {
  words.insert(words.begin(), {"anomaly", run_without_ones(), "--json"});
  const Outcome outcome = run_latent(words);
  INFO(outcome.errors);
  REQUIRE(outcome.exit_code == 0);
  return json::parse(outcome.output);
}

}  // namespace

TEST_CASE("a run remembers the class that it has never seen, and goes on without it", "[app]") {
  const json info = json::parse(run_latent({"info", run_without_ones(), "--json"}).output);
  CHECK(info["config"]["data"] == "without:1:mnist-10k");
  const ScratchFolder folder;
  const Outcome resumed = run_latent({"train", "--resume", run_without_ones(), "--epochs", "3",
                                      "--json", "--out", folder.file("on.safetensors")});
  INFO(resumed.errors);
  CHECK(resumed.exit_code == 0);
  CHECK(
      run_latent({"train", "--resume", run_without_ones(), "--epochs", "4", "--without-class", "2"})
          .exit_code == 2);
  const Outcome beyond = run_latent({"train", "--data", "mnist-10k", "--without-class", "10"});
  CHECK(beyond.exit_code == 2);
  CHECK_THAT(beyond.errors, ContainsSubstring("from 0 to 9"));
}

TEST_CASE("anomalies are counted by each score, at the best threshold or a given one", "[app]") {
  for (const char* score : {"reconstruction-error", "kl", "negative-elbo", "code-distance"}) {
    CAPTURE(score);
    const json result = anomaly({"--score", score});
    CHECK(result["class"] == 1);
    CHECK(result["left_out_of_training"] == true);
    CHECK(result["score"] == score);
    CHECK(result["auc"].get<double>() > 0.0);
    CHECK(result["auc"].get<double>() < 1.0);
    CHECK(result["anomalies"].get<int>() + result["others"].get<int>() == 1000);
    CHECK(result["true_positives"].get<int>() + result["false_negatives"].get<int>() ==
          result["anomalies"].get<int>());
    CHECK(result["false_positives"].get<int>() + result["true_negatives"].get<int>() ==
          result["others"].get<int>());
  }
  const json nothing = anomaly({"--threshold", "1e9"});
  CHECK(nothing["true_positives"] == 0);
  CHECK(nothing["false_positives"] == 0);
  const json everything = anomaly({"--threshold", "-1"});
  CHECK(everything["false_negatives"] == 0);
  CHECK(everything["true_negatives"] == 0);
}

TEST_CASE("a class that training has seen is said to be seen", "[app]") {
  CHECK(anomaly({"--class", "8"})["left_out_of_training"] == false);
  const Outcome seen = run_latent({"anomaly", run_without_ones(), "--class", "8"});
  CHECK_THAT(seen.output, ContainsSubstring("Training has seen this class") &&
                              ContainsSubstring("Area under the ROC curve"));
  const Outcome unseen = run_latent({"anomaly", run_without_ones()});
  CHECK_THAT(unseen.output, ContainsSubstring("Training has seen none of them"));
  const Outcome beyond = run_latent({"anomaly", run_without_ones(), "--class", "10"});
  CHECK(beyond.exit_code == 2);
  CHECK_THAT(beyond.errors, ContainsSubstring("from 0 to 9"));
  const Outcome unknown = run_latent({"anomaly", run_without_ones(), "--score", "guess"});
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.errors, ContainsSubstring("guess") && ContainsSubstring("code-distance"));
}
