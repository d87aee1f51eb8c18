#include <nlohmann/json.hpp>
#include <string>

#include "latent/error.h"
#include "latent/training_config.h"
#include "support/catch.h"

using namespace latent;

namespace {

ModelInfo example_system() {
  ModelInfo info;
  info.id = "vae";
  info.title = "VAE";
  info.hyperparameters = {
      {.id = "beta", .title = "β", .initial = 1, .minimum = 0, .maximum = 100},
      {.id = "samples",
       .kind = Hyperparameter::Kind::Integer,
       .initial = 1,
       .minimum = 1,
       .maximum = 50},
      {.id = "tied", .kind = Hyperparameter::Kind::Flag},
      {.id = "schedule", .kind = Hyperparameter::Kind::Choice, .choices = {"constant", "linear"}},
  };
  return info;
}

std::string refusal(const TrainingConfig& config, const ModelInfo& info = example_system()) {
  try {
    validate(config, info);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::InvalidConfig);
    return error.what();
  }
  return "";
}

std::string parse_refusal(const std::string& json) {
  try {
    training_config_from_json(json);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::InvalidConfig);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a configuration survives the way through JSON", "[session]") {
  TrainingConfig config;
  config.data = "folder:/tmp/cats \"and\" dogs";
  config.model = "deep_ae";
  config.network = NetworkKind::Convolutional;
  config.hidden_widths = {};
  config.padding = 2;
  config.latent_dim = 20;
  config.reconstruction_loss = ReconstructionLoss::SquaredError;
  config.binarization = Binarization::ResampledEachEpoch;
  config.batch_size = 256;
  config.epochs = 7;
  config.learning_rate = 0.1 + 0.2;
  config.seed = 0xFFFFFFFFFFFFFFFFULL;
  config.threads = 2;
  config.fast_path = false;
  config.hyperparameters = {{"beta", 1.0 / 3.0}};
  CHECK(training_config_from_json(to_json(config)) == config);
  CHECK(training_config_from_json(to_json(TrainingConfig{})) == TrainingConfig{});
}

TEST_CASE("absent fields keep their defaults", "[session]") {
  TrainingConfig expected;
  expected.latent_dim = 8;
  CHECK(training_config_from_json(R"({"latent_dim": 8})") == expected);
}

TEST_CASE("JSON that is no configuration is refused with what was found", "[session]") {
  CHECK_THAT(parse_refusal("{"), ContainsSubstring("JSON"));
  CHECK_THAT(parse_refusal("[1]"), ContainsSubstring("an array"));
  CHECK_THAT(parse_refusal(R"({"latnt_dim": 2})"), ContainsSubstring("latnt_dim"));
  CHECK_THAT(parse_refusal(R"({"latent_dim": "two"})"),
             ContainsSubstring("latent_dim") && ContainsSubstring("two"));
  CHECK_THAT(parse_refusal(R"({"latent_dim": 2.5})"), ContainsSubstring("2.5"));
  CHECK_THAT(parse_refusal(R"({"epochs": 18446744073709551615})"), ContainsSubstring("epochs"));
  CHECK_THAT(parse_refusal(R"({"seed": -1})"), ContainsSubstring("seed"));
  CHECK_THAT(parse_refusal(R"({"network": "cnn"})"),
             ContainsSubstring("dense, conv") && ContainsSubstring("cnn"));
  CHECK_THAT(parse_refusal(R"({"hidden_widths": 5})"), ContainsSubstring("hidden_widths"));
  CHECK_THAT(parse_refusal(R"({"hyperparameters": {"beta": "x"}})"), ContainsSubstring("beta"));
  CHECK_THAT(parse_refusal(R"({"fast_path": 1})"), ContainsSubstring("fast_path"));
}

TEST_CASE("what a configuration may hold has limits, each with its sentence", "[session]") {
  const TrainingConfig good;
  CHECK(refusal(good).empty());
  const auto with = [&](auto change) {
    TrainingConfig config = good;
    change(config);
    return refusal(config);
  };
  CHECK_THAT(with([](auto& c) { c.latent_dim = 0; }),
             ContainsSubstring("latent size") && ContainsSubstring("0"));
  CHECK_THAT(with([](auto& c) { c.batch_size = 1; }), ContainsSubstring("batch size"));
  CHECK_THAT(with([](auto& c) { c.epochs = -3; }),
             ContainsSubstring("epochs") && ContainsSubstring("-3"));
  CHECK_THAT(with([](auto& c) { c.learning_rate = 0; }), ContainsSubstring("learning rate"));
  CHECK_THAT(with([](auto& c) { c.learning_rate = std::stod("nan"); }),
             ContainsSubstring("learning rate"));
  CHECK_THAT(with([](auto& c) { c.hidden_widths = {512, 0}; }), ContainsSubstring("width"));
  CHECK_THAT(with([](auto& c) { c.padding = -1; }), ContainsSubstring("padding"));
  CHECK_THAT(with([](auto& c) { c.model = "deep_ae"; }), ContainsSubstring("deep_ae"));
  CHECK_THAT(with([](auto& c) { c.data = ""; }), ContainsSubstring("data set"));
}

TEST_CASE("a hyperparameter keeps to its range and kind", "[session]") {
  const auto with = [](const std::string& id, double value) {
    TrainingConfig config;
    config.hyperparameters[id] = value;
    return refusal(config);
  };
  CHECK(with("beta", 100).empty());
  CHECK_THAT(with("beta", 100.5), ContainsSubstring("beta") && ContainsSubstring("100.5"));
  CHECK_THAT(with("beta", std::stod("nan")), ContainsSubstring("beta"));
  CHECK_THAT(with("gamma", 1), ContainsSubstring("gamma") && ContainsSubstring("VAE"));
  CHECK_THAT(with("samples", 2.5), ContainsSubstring("whole number"));
  CHECK_THAT(with("tied", 0.5), ContainsSubstring("on (1) or off (0)"));
  CHECK(with("schedule", 1).empty());
  CHECK_THAT(with("schedule", 2), ContainsSubstring("2 choices"));
}

TEST_CASE("a hyperparameter is read from text by its kind", "[session]") {
  Hyperparameter knob;
  CHECK(parse_hyperparameter(knob, "0.25", "beta") == 0.25);
  CHECK_THROWS_WITH(parse_hyperparameter(knob, "0.25x", "beta"),
                    "beta takes a number; found \"0.25x\".");
  knob.kind = Hyperparameter::Kind::Flag;
  CHECK(parse_hyperparameter(knob, "on", "warm") == 1.0);
  CHECK(parse_hyperparameter(knob, "false", "warm") == 0.0);
  CHECK_THROWS_WITH(parse_hyperparameter(knob, "2", "warm"), "warm is on or off; found \"2\".");
  knob.kind = Hyperparameter::Kind::Choice;
  knob.choices = {"100", "600", "1000"};
  CHECK(parse_hyperparameter(knob, "600", "labels") == 1.0);
  CHECK_THROWS_WITH(parse_hyperparameter(knob, "6", "labels"),
                    "labels is 100, 600 or 1000; found \"6\".");
}

TEST_CASE("a system that cannot do what is asked says so", "[session]") {
  ModelInfo info = example_system();
  info.supports_convolution = false;
  info.supports_squared_error = false;
  TrainingConfig config;
  config.network = NetworkKind::Convolutional;
  CHECK_THAT(refusal(config, info), ContainsSubstring("convolutional"));
  config.network = NetworkKind::Dense;
  config.reconstruction_loss = ReconstructionLoss::SquaredError;
  CHECK_THAT(refusal(config, info), ContainsSubstring("squared error"));
}

TEST_CASE("a hyperparameter that is not set has its initial value", "[session]") {
  TrainingConfig config;
  CHECK(config.hyperparameter(example_system(), "beta") == 1.0);
  config.hyperparameters["beta"] = 4;
  CHECK(config.hyperparameter(example_system(), "beta") == 4.0);
  CHECK_THROWS_AS(config.hyperparameter(example_system(), "gamma"), Error);
}
