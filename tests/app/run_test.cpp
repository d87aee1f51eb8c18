#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/program_runner.h"
#include "latent/pictures.h"
#include "support/catch.h"

using namespace latent::test;
using nlohmann::json;

namespace {

/// One small run, trained once for all cases of this file.
const std::string& trained_run() {
  static const ScratchFolder folder;
  static const std::string path = [] {
    const std::string file = folder.file("run.safetensors");
    const Outcome outcome =
        run_latent({"train", "--data", "mnist-10k", "--model", "vae", "--latent", "2", "--widths",
                    "64,32", "--epochs", "2", "--beta", "0.5", "--out", file});
    INFO(outcome.errors);
    REQUIRE(outcome.exit_code == 0);
    CHECK_THAT(outcome.output, ContainsSubstring("1/2") && ContainsSubstring("2/2") &&
                                   ContainsSubstring("Test:") && ContainsSubstring(file));
    CHECK(outcome.errors.empty());  // no progress bar where there is no terminal
    return file;
  }();
  return path;
}

json info_of(const std::string& run) {
  const Outcome outcome = run_latent({"info", run, "--json"});
  REQUIRE(outcome.exit_code == 0);
  return json::parse(outcome.output);
}

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file{path};
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("a trained run tells what it is and how well it does", "[app]") {
  const json info = info_of(trained_run());
  CHECK(info["config"]["model"] == "vae");
  CHECK(info["config"]["hyperparameters"]["beta"] == 0.5);
  CHECK(info["epoch"] == 2.0);
  CHECK(info["finished"] == true);
  CHECK(info["history"].size() == 4);
  CHECK(info["record"]["knn_accuracy_2d"].get<double>() > 0.2);
  CHECK(std::isfinite(info["record"]["test_total"].get<double>()));
  CHECK_THAT(run_latent({"info", trained_run()}).output, ContainsSubstring("Measured"));
}

TEST_CASE("codes written by encode are read by decode", "[app]") {
  const ScratchFolder folder;
  const std::string table = folder.file("codes.csv");
  REQUIRE(run_latent({"encode", trained_run(), "--out", table}).exit_code == 0);
  const auto lines = lines_of(table);
  REQUIRE(lines.size() == 1001);
  CHECK(lines.front() == "index,label,z0,z1");
  const std::string sheet = folder.file("sheet.png");
  REQUIRE(run_latent({"decode", trained_run(), "--codes", table, "--columns", "40", "--scale", "1",
                      "--out", sheet})
              .exit_code == 0);
  CHECK(latent::read_picture(sheet, false).width > 40 * 28);
}

TEST_CASE("codes are written as NumPy arrays where the file's ending asks for them", "[app]") {
  const ScratchFolder folder;
  const std::string arrays = folder.file("codes.npz");
  REQUIRE(run_latent({"encode", trained_run(), "--posterior", "--out", arrays}).exit_code == 0);
  // 1000 codes of two numbers, their variances, and twice 1000 whole numbers.
  CHECK(std::filesystem::file_size(arrays) > 1000 * (2 * 4 + 2 * 4 + 8 + 8));
}

TEST_CASE("encoder and decoder are exported, and nothing by halves", "[app]") {
  const ScratchFolder folder;
  const std::string decoder = folder.file("decoder.pt");
  const std::string encoder = folder.file("encoder.pt");
  const Outcome both =
      run_latent({"export", trained_run(), "--decoder", decoder, "--encoder", encoder});
  INFO(both.errors);
  REQUIRE(both.exit_code == 0);
  CHECK_THAT(both.output, ContainsSubstring("[N, 1, 28, 28]"));
  CHECK(std::filesystem::file_size(decoder) > 10'000);
  CHECK(std::filesystem::file_size(encoder) > 10'000);
  CHECK(run_latent({"export", trained_run(), "--decoder", decoder}).exit_code == 2);
  CHECK(run_latent({"export", trained_run(), "--decoder", decoder, "--force"}).exit_code == 0);
  CHECK(run_latent({"export", trained_run()}).exit_code == 2);
  CHECK(run_latent({"export", trained_run(), "--decoder", folder.file("a.txt")}).exit_code == 2);
  CHECK(run_latent({"export", trained_run(), "--decoder", folder.file("a.pt"), "--encoder",
                    folder.file("a.pt")})
            .exit_code == 2);
  CHECK_FALSE(std::filesystem::exists(folder.file("a.pt")));
}

TEST_CASE("each picture command writes its picture", "[app]") {
  const ScratchFolder folder;
  const std::string table = folder.file("codes.csv");
  REQUIRE(run_latent({"encode", trained_run(), "--out", table}).exit_code == 0);
  const auto lines = lines_of(table);
  const std::string first = lines.at(1).substr(0, lines.at(1).find(','));
  const std::string second = lines.at(2).substr(0, lines.at(2).find(','));
  const auto check_picture = [&](std::vector<std::string> words, const std::string& name) {
    words.insert(words.begin() + 1, trained_run());
    words.insert(words.end(), {"--out", folder.file(name)});
    const Outcome outcome = run_latent(words);
    INFO(words.front() << ": " << outcome.errors);
    CHECK(outcome.exit_code == 0);
    CHECK(std::filesystem::file_size(folder.file(name)) > 100);
  };
  check_picture({"decode", "--code", "0.5,-1"}, "decode.png");
  check_picture({"sample", "--n", "9"}, "sample.png");
  check_picture({"interpolate", "--from", first, "--to", second}, "strip.png");
  check_picture({"interpolate", "--from", first, "--to", second, "--kind", "spherical"},
                "path.gif");
  check_picture({"traverse", "--range", "-2,2"}, "traverse.png");
  check_picture({"reconstruct", "--n", "20"}, "reconstruct.png");
  check_picture({"grid", "--size", "5"}, "grid.png");
}

TEST_CASE("the same seed draws the same samples", "[app]") {
  const ScratchFolder folder;
  const auto draw = [&](const std::string& seed, const std::string& name) {
    REQUIRE(run_latent(
                {"sample", trained_run(), "--n", "4", "--seed", seed, "--out", folder.file(name)})
                .exit_code == 0);
    return latent::read_picture(folder.file(name), false).pixels;
  };
  CHECK(draw("7", "a.png") == draw("7", "b.png"));
  CHECK(draw("7", "c.png") != draw("8", "d.png"));
}

TEST_CASE("a run stopped by Ctrl-C is saved and goes on", "[app]") {
  const ScratchFolder folder;
  const std::string run = folder.file("run.safetensors");
  const Outcome stopped = run_latent(
      {"train", "--data", "mnist-10k", "--widths", "64,32", "--epochs", "200", "--out", run},
      "1/200");
  INFO(stopped.errors);
  CHECK(stopped.exit_code == 0);
  CHECK_THAT(stopped.output, ContainsSubstring("Stopped after") && ContainsSubstring("--resume"));
  const json before = info_of(run);
  CHECK(before["finished"] == false);
  const int goal = static_cast<int>(before["epoch"].get<double>()) + 1;
  const Outcome resumed = run_latent(
      {"train", "--resume", run, "--epochs", std::to_string(goal), "--lr", "0.0005", "--json"});
  INFO(resumed.errors);
  REQUIRE(resumed.exit_code == 0);
  const json after = json::parse(resumed.output);
  CHECK(after["epoch"] == goal);
  CHECK(after["interrupted"] == false);
  const auto& knobs = after["knobs"];
  CHECK(std::any_of(knobs.begin(), knobs.end(), [](const json& knob) {
    return knob["id"] == "learning_rate" && knob["value"] == 0.0005;
  }));
}

TEST_CASE("a run's own options are checked by its system's list", "[app]") {
  const auto refused = [](const std::vector<std::string>& words) {
    const Outcome outcome = run_latent(words);
    CHECK(outcome.exit_code == 2);
    return outcome.errors;
  };
  CHECK_THAT(refused({"train", "--model", "vae", "--gamma", "2"}),
             ContainsSubstring("--gamma") && ContainsSubstring("--beta"));
  CHECK_THAT(refused({"train", "--model", "vae", "--beta", "much"}), ContainsSubstring("much"));
  CHECK_THAT(refused({"train", "--model", "vea"}), ContainsSubstring("vea"));
  CHECK_THAT(refused({"train", "--latent", "0"}), ContainsSubstring("latent size"));
  CHECK_THAT(run_latent({"train", "--model", "vae", "--help"}).output, ContainsSubstring("--beta"));
}

TEST_CASE("a file that is no run, or is cut short, is named", "[app]") {
  const ScratchFolder folder;
  const std::string bad = folder.file("bad.safetensors");
  std::ofstream{bad} << "hello";
  const std::string cut = folder.file("cut.safetensors");
  std::filesystem::copy_file(trained_run(), cut);
  std::filesystem::resize_file(cut, std::filesystem::file_size(cut) / 2);
  for (const std::string& file : {bad, cut, folder.file("missing.safetensors")}) {
    const Outcome outcome = run_latent({"sample", file, "--out", folder.file("a.png")});
    CHECK(outcome.exit_code == 1);
    CHECK_THAT(outcome.errors, ContainsSubstring(file));
  }
  CHECK_FALSE(std::filesystem::exists(folder.file("a.png")));
}

TEST_CASE("a run that cannot be saved is refused before it trains", "[app]") {
  const ScratchFolder folder;
  std::ofstream{folder.file("a file")} << "not a folder";
  const Outcome outcome = run_latent({"train", "--data", "mnist-10k", "--widths", "8", "--out",
                                      folder.file("a file/run.safetensors")});
  CHECK(outcome.exit_code == 1);
  CHECK_THAT(outcome.errors, ContainsSubstring("a file"));
}

TEST_CASE("a conditional run is told each class in turn, or the one that is asked for", "[app]") {
  const ScratchFolder folder;
  const std::string run = folder.file("conditional.safetensors");
  REQUIRE(run_latent({"train", "--data", "mnist-10k", "--model", "conditional-vae", "--widths",
                      "64", "--epochs", "3", "--batch", "64", "--out", run})
              .exit_code == 0);
  const auto sheet = [&](const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> words = {"decode",  run, "--code", "0.3,-0.2",
                                      "--scale", "1", "--out",  folder.file(name)};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = run_latent(words);
    INFO(outcome.errors);
    REQUIRE(outcome.exit_code == 0);
    return latent::read_picture(folder.file(name), false).pixels;
  };
  const auto zero = sheet("zero.png", {});
  CHECK(zero == sheet("zero-again.png", {"--label", "0"}));
  CHECK(zero != sheet("one.png", {"--label", "1"}));
  CHECK(run_latent({"sample", run, "--n", "10", "--out", folder.file("samples.png")}).exit_code ==
        0);
  const Outcome beyond =
      run_latent({"sample", run, "--label", "10", "--out", folder.file("none.png")});
  CHECK(beyond.exit_code == 2);
  CHECK_THAT(beyond.errors, ContainsSubstring("classes 0 to 9"));
  const Outcome untold =
      run_latent({"sample", trained_run(), "--label", "1", "--out", folder.file("none.png")});
  CHECK(untold.exit_code == 2);
  CHECK_THAT(untold.errors, ContainsSubstring("is told no class"));
}

TEST_CASE("a run is replayed to the same bytes, and its kept epochs with it", "[app]") {
  const ScratchFolder folder;
  const std::string run = folder.file("run.safetensors");
  REQUIRE(run_latent({"train", "--data", "mnist-10k", "--model", "vae", "--widths", "32,16",
                      "--epochs", "2", "--keep-epochs", "--out", run})
              .exit_code == 0);
  const std::string first = folder.file("run.epochs/epoch-000001.safetensors");
  for (const char* name :
       {"run.epochs/epoch-000000.safetensors", "run.epochs/epoch-000001.safetensors",
        "run.epochs/epoch-000002.safetensors"}) {
    CHECK(std::filesystem::exists(folder.file(name)));
  }
  CHECK(info_of(first)["epoch"] == 1.0);

  const Outcome whole = run_latent({"replay", run, "--json"});
  INFO(whole.output << whole.errors);
  CHECK(whole.exit_code == 0);
  CHECK(json::parse(whole.output)["identical"] == true);
  // From a state between, and to an epoch between.
  CHECK_THAT(run_latent({"replay", run, "--from", first}).output,
             ContainsSubstring("bit for bit those of"));
  const std::string again = folder.file("again.safetensors");
  CHECK(run_latent({"replay", run, "--epoch", "1", "--out", again}).exit_code == 0);
  CHECK(info_of(again)["epoch"] == 1.0);
  CHECK(run_latent({"replay", run, "--epoch", "7"}).exit_code == 2);
}

TEST_CASE("a run is put to use: every task lists itself, measures and draws", "[app]") {
  const ScratchFolder folder;
  const Outcome list = run_latent({"task"});
  CHECK(list.exit_code == 0);
  for (const char* id :
       {"denoise", "inpaint", "uncertainty", "compress", "likelihood", "disentangle", "pretrain"}) {
    CHECK_THAT(list.output, ContainsSubstring(id));
  }
  CHECK_THAT(run_latent({"task", "inpaint"}).output, ContainsSubstring("Rezende"));

  const std::string sheet = folder.file("denoised.png");
  const Outcome outcome =
      run_latent({"task", "denoise", trained_run(), "0.25", "--n", "5", "--json", "--out", sheet});
  INFO(outcome.errors);
  REQUIRE(outcome.exit_code == 0);
  const json result = json::parse(outcome.output);
  CHECK(result["images"] == 1000);
  CHECK(result["parameter"] == 0.25);
  CHECK(result["figures"][0]["id"] == "noisy_mse");
  CHECK(result["figures"][0]["mean"].get<double>() == Approx(0.03).margin(0.01));
  CHECK(result["curves"][0]["lines"].size() == 2);
  const latent::Picture picture = latent::read_picture(sheet, false);
  CHECK(picture.width > 4 * 28 * 3);
  CHECK(picture.height > 2 * 28 * 3);

  const Outcome likelihood =
      run_latent({"task", "likelihood", trained_run(), "8", "--part", "validation", "--json"});
  INFO(likelihood.errors);
  REQUIRE(likelihood.exit_code == 0);
  const json bound = json::parse(likelihood.output)["curves"][0]["lines"][0]["y"];
  CHECK(bound.front().get<double>() > bound.back().get<double>());

  const Outcome filled =
      run_latent({"task", "inpaint", trained_run(), "4", "--mask", "box:8,8,10,6",
                  "--only-pictures", "--out", folder.file("filled.png")});
  CHECK(filled.exit_code == 0);
  CHECK_THAT(filled.output, ContainsSubstring("sampled 1"));
}

TEST_CASE("an encoder is turned into a classifier, beside the same network from scratch", "[app]") {
  const auto measured = [](const std::string& seed) {
    const Outcome outcome =
        run_latent({"task", "pretrain", trained_run(), "300", "--seed", seed, "--json"});
    INFO(outcome.errors);
    REQUIRE(outcome.exit_code == 0);
    return json::parse(outcome.output)["curves"][0]["lines"];
  };
  const json lines = measured("1");
  REQUIRE(lines.size() == 2);
  for (const json& line : lines) {
    CHECK(line["x"] == json::array({100, 300}));
    CHECK(line["y"][1] > 0.3);  // 0.1 by chance
    CHECK(line["y"][1] < 1.0);
  }
  CHECK(lines[0]["y"] != lines[1]["y"]);
  CHECK(measured("1") == lines);
  CHECK(measured("2") != lines);
  const Outcome refused = run_latent({"task", "pretrain", trained_run(), "300", "--part", "train"});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.errors, ContainsSubstring("measure them on another one"));
}

TEST_CASE("a task that makes no sense for a run is refused by a sentence", "[app]") {
  const auto refused = [](const std::vector<std::string>& words) {
    const Outcome outcome = run_latent(words);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.output.empty());
    return outcome.errors;
  };
  CHECK_THAT(refused({"task", "sing", trained_run()}), ContainsSubstring("denoise"));
  CHECK_THAT(refused({"task", "disentangle", trained_run()}), ContainsSubstring("Glyphs"));
  CHECK_THAT(refused({"task", "denoise", trained_run(), "7"}), ContainsSubstring("from 0 to 1"));
  CHECK_THAT(refused({"task", "compress", trained_run(), "2.5"}), ContainsSubstring("whole"));
  CHECK_THAT(refused({"task", "denoise", trained_run(), "--mask", "centre"}),
             ContainsSubstring("--mask"));
  CHECK_THAT(refused({"task", "inpaint", trained_run(), "--mask", "top"}),
             ContainsSubstring("lower-half"));
}
