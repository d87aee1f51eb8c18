#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "app/program_runner.h"
#include "support/catch.h"

using namespace latent::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> small_bakeoff(const std::string& folder) {
  return {"bakeoff", "--data",    "mnist-10k", "--models", "deep-ae,vae", "--epochs",
          "1",       "--seeds",   "1",         "--latent", "4",           "--widths",
          "64,32",   "--threads", "1",         "--out",    folder};
}

std::string text_of(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

json figures_of(const std::string& folder, const std::string& competitor) {
  const json results = json::parse(text_of(fs::path(folder) / "results.json"));
  for (const json& result : results.at("results")) {
    if (result.at("competitor") == competitor) return result.at("figures");
  }
  return {};
}

}  // namespace

TEST_CASE("a bake-off fills its table, and trains nothing twice", "[app]") {
  const ScratchFolder scratch;
  const std::string folder = scratch.file("bakeoff");
  const Outcome first = run_latent(small_bakeoff(folder));
  INFO(first.errors);
  REQUIRE(first.exit_code == 0);
  CHECK_THAT(first.output, ContainsSubstring("| Deep AE |") && ContainsSubstring("| VAE |") &&
                               ContainsSubstring("**"));
  const json vae = figures_of(folder, "vae");
  CHECK(vae.at("reconstruction") > 80.0);
  CHECK(vae.at("reconstruction") < 650.0);  // 710 before the first batch
  CHECK(vae.at("regularizer") > 0.0);
  CHECK(vae.at("probe_accuracy") > 0.0);
  CHECK(vae.at("probe_accuracy") < 1.0);
  CHECK(vae.at("anomaly_auc") > 0.0);
  CHECK(vae.at("anomaly_auc") < 1.0);
  CHECK(vae.at("anomaly_ink_auc") != vae.at("anomaly_auc"));
  // Likelihood and a classifier of its own are not to be had here.
  CHECK_THAT(first.output, !ContainsSubstring("log p(x)") && !ContainsSubstring("Own classifier"));
  CHECK(vae.at("fine_tuned_1000") > 0.5);
  CHECK(vae.at("from_scratch_1000") > 0.5);
  CHECK_THAT(text_of(fs::path(folder) / "pre-training.svg"),
             ContainsSubstring("<svg xmlns") && ContainsSubstring("labelled training images"));
  CHECK(vae.at("training_seconds") > 0.0);
  // 28 × 28 with 2 pixels of padding: 1024-64-32-2·4 and 4-32-64-1024, each hidden layer without a
  // bias but with a BatchNorm of two vectors.
  CHECK(vae.at("parameters") == 1024 * 64 + 2 * 64 + 64 * 32 + 2 * 32 + 33 * 8 +  //
                                    4 * 32 + 2 * 32 + 32 * 64 + 2 * 64 + 65 * 1024);

  // Neighbours of a map of four numbers are mostly the codes' own, and mostly of one class.
  CHECK(vae.at("umap_trustworthiness") > 0.8);
  CHECK(vae.at("umap_trustworthiness") <= 1.0);
  CHECK(vae.at("codes_knn_accuracy") > 0.3);  // 0.1 by chance
  CHECK(vae.at("umap_knn_accuracy") > 0.3);
  CHECK(std::abs(vae.at("umap_knn_accuracy").get<double>() -
                 vae.at("codes_knn_accuracy").get<double>()) < 0.2);

  const std::string report = text_of(fs::path(folder) / "report.html");
  CHECK_THAT(report, ContainsSubstring("data:image/png;base64,iVBOR") &&
                         ContainsSubstring("<svg") && ContainsSubstring("Drawn from the prior") &&
                         ContainsSubstring("Codes of the test set by UMAP") &&
                         ContainsSubstring("class=\"legend\""));
  CHECK(report.find("src=\"http") == std::string::npos);
  CHECK_THAT(text_of(fs::path(folder) / "results.csv"),
             ContainsSubstring("\"vae\",\"VAE\",\"vae\",1,"));

  const fs::path run = fs::path(folder) / "runs" / "vae-seed1.safetensors";
  const auto trained_at = fs::last_write_time(run);
  fs::remove(fs::path(folder) / "results" / "vae-seed1.json");
  const Outcome second = run_latent(small_bakeoff(folder));
  REQUIRE(second.exit_code == 0);
  CHECK(fs::last_write_time(run) == trained_at);
  CHECK(figures_of(folder, "vae") == vae);

  std::vector<std::string> other = small_bakeoff(folder);
  other[6] = "2";
  const Outcome refused = run_latent(other);
  CHECK(refused.exit_code != 0);
  CHECK_THAT(refused.errors, ContainsSubstring("other settings"));
  CHECK(figures_of(folder, "vae") == vae);
}

TEST_CASE("a bake-off does what is missing of a folder of earlier days, and nothing again",
          "[app]") {
  const ScratchFolder scratch;
  const std::string folder = scratch.file("bakeoff");
  auto words = small_bakeoff(folder);
  words.insert(words.end(), {"--tasks", "probe"});
  REQUIRE(run_latent(words).exit_code == 0);
  // As versions wrote it that had fewer tasks: no class names.
  fs::remove(fs::path(folder) / "classes.json");
  REQUIRE(run_latent({"bakeoff", "--report", "--out", folder}).exit_code == 0);
  const json before = figures_of(folder, "vae");
  CHECK(before.count("umap_trustworthiness") == 0);

  words.back() = "probe,structure";
  REQUIRE(run_latent(words).exit_code == 0);
  const json after = figures_of(folder, "vae");
  for (const auto& [figure, value] : before.items()) CHECK(after.at(figure) == value);
  CHECK(after.at("umap_trustworthiness") > 0.5);
  const fs::path picture = fs::path(folder) / "pictures" / "vae-umap.png";
  const std::string drawn = text_of(picture);
  CHECK_FALSE(drawn.empty());

  const auto drawn_at = fs::last_write_time(picture);
  REQUIRE(run_latent(words).exit_code == 0);
  CHECK(fs::last_write_time(picture) == drawn_at);
  // The picture alone is lost: made again, it is the same.
  fs::remove(picture);
  REQUIRE(run_latent(words).exit_code == 0);
  CHECK(text_of(picture) == drawn);
  CHECK(figures_of(folder, "vae") == after);
}

TEST_CASE("a bake-off that was interrupted ends with the same figures, however many train at once",
          "[app]") {
  const ScratchFolder scratch;
  auto words = small_bakeoff(scratch.file("whole"));
  words.insert(words.end(), {"--tasks", "probe", "--at-once", "1"});
  words[6] = "2";
  REQUIRE(words[7] == "--seeds");
  words[8] = "2";
  REQUIRE(run_latent(words).exit_code == 0);
  words.back() = "2";
  words[16] = scratch.file("cut");
  REQUIRE(words[15] == "--out");
  const Outcome cut = run_latent(words, "seed 1:");
  CHECK(cut.exit_code == 0);
  CHECK_THAT(cut.errors, ContainsSubstring("goes on where it was"));
  REQUIRE(run_latent(words).exit_code == 0);
  for (const char* figure : {"reconstruction", "regularizer", "probe_accuracy"}) {
    CHECK(figures_of(scratch.file("cut"), "vae").at(figure) ==
          figures_of(scratch.file("whole"), "vae").at(figure));
  }
}

TEST_CASE("one system that cannot go on ends the bake-off with its reason, and loses nothing",
          "[app]") {
  const ScratchFolder scratch;
  const std::string folder = scratch.file("bakeoff");
  auto words = small_bakeoff(folder);
  words.insert(words.end(), {"--tasks", "none", "--at-once", "2"});
  fs::create_directories(fs::path(folder) / "runs");
  const fs::path broken = fs::path(folder) / "runs" / "vae-seed1.safetensors";
  std::ofstream{broken} << "no run";
  const Outcome failed = run_latent(words);
  CHECK(failed.exit_code != 0);
  CHECK_THAT(failed.errors, ContainsSubstring("vae-seed1.safetensors"));
  CHECK(text_of(broken) == "no run");

  fs::remove(broken);
  REQUIRE(run_latent(words).exit_code == 0);
  CHECK(figures_of(folder, "deep-ae").at("reconstruction") > 0.0);
  CHECK(figures_of(folder, "vae").at("reconstruction") > 0.0);
}

TEST_CASE("binarised pictures have a likelihood in the table, and M2 its own error", "[app]") {
  const ScratchFolder scratch;
  const std::string folder = scratch.file("bakeoff");
  const Outcome outcome =
      run_latent({"bakeoff", "--data", "mnist-10k", "--models", "deep-ae,vae,m2:labels=1000",
                  "--epochs", "1", "--seeds", "1", "--latent", "4", "--widths", "64", "--binarize",
                  "resampled", "--tasks", "likelihood,classify", "--out", folder});
  INFO(outcome.errors);
  REQUIRE(outcome.exit_code == 0);
  const json vae = figures_of(folder, "vae");
  // The bound lies below the loss of one sample.
  CHECK(vae.at("nll") > 80.0);
  CHECK(vae.at("nll") <
        vae.at("reconstruction").get<double>() + vae.at("regularizer").get<double>());
  CHECK(vae.count("own_error") == 0);
  CHECK(figures_of(folder, "deep-ae").count("nll") == 0);
  const json m2 = figures_of(folder, "m2-labels-1000");
  CHECK(m2.at("own_error") > 0.0);
  CHECK(m2.at("own_error") < 60.0);  // 90 by chance
  CHECK(m2.at("nll") > 80.0);
  CHECK_THAT(outcome.output, ContainsSubstring("Known labels 1000"));
}

TEST_CASE("pictures whose factors are known have scores of disentanglement in the table", "[app]") {
  const ScratchFolder scratch;
  const std::string folder = scratch.file("bakeoff");
  const Outcome outcome =
      run_latent({"bakeoff", "--data", "glyphs[count=3000]", "--models", "pca", "--epochs", "1",
                  "--seeds", "1", "--latent", "6", "--tasks", "disentangle", "--out", folder});
  INFO(outcome.errors);
  REQUIRE(outcome.exit_code == 0);
  const json pca = figures_of(folder, "pca");
  for (const char* score : {"mig", "sap", "factor_vae", "dci_disentanglement"}) {
    CHECK(pca.at(score) > 0.0);
    CHECK(pca.at(score) <= 1.0);
  }
}

TEST_CASE("a bake-off refuses what makes no sense in one sentence", "[app]") {
  const ScratchFolder scratch;
  const auto refusal = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"bakeoff", "--data", "mnist-10k", "--out",
                                      scratch.file("none")};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = run_latent(words);
    CHECK(outcome.exit_code != 0);
    return outcome.errors;
  };
  CHECK_THAT(refusal({"--models", "no-such"}), ContainsSubstring("no-such"));
  CHECK_THAT(refusal({"--models", "m2:labels=7"}), ContainsSubstring("100, 600, 1000 or 3000"));
  CHECK_THAT(refusal({"--tasks", "dancing"}), ContainsSubstring("dancing"));
  CHECK_THAT(refusal({"--anomaly-class", "12"}), ContainsSubstring("from 0 to 9"));
  CHECK_THAT(refusal({"--report"}), ContainsSubstring("holds no bake-off"));
  CHECK_FALSE(fs::exists(scratch.file("none")));
}
