#include "latent/training_config.h"

#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "latent/error.h"

namespace latent {
namespace {

using Json = nlohmann::json;

template <typename Value>
struct Name {
  Value value;
  const char* text;
};

constexpr std::array<Name<NetworkKind>, 2> kNetworkNames{
    {{NetworkKind::Dense, "dense"}, {NetworkKind::Convolutional, "conv"}}};
constexpr std::array<Name<ReconstructionLoss>, 2> kLossNames{
    {{ReconstructionLoss::BinaryCrossEntropy, "bce"}, {ReconstructionLoss::SquaredError, "mse"}}};
constexpr std::array<Name<Binarization>, 3> kBinarizationNames{
    {{Binarization::None, "none"},
     {Binarization::Threshold, "threshold"},
     {Binarization::ResampledEachEpoch, "resampled"}}};

template <typename Names, typename Value>
std::string name_of(const Names& names, Value value) {
  for (const auto& name : names) {
    if (name.value == value) return name.text;
  }
  throw Error(ErrorCode::Internal, "A training configuration holds a choice that has no name.");
}

[[noreturn]] void refuse(const std::string& sentence) {
  throw Error(ErrorCode::InvalidConfig, sentence);
}

std::string number(double value) {
  std::ostringstream out;
  out.precision(15);
  out << value;
  return out.str();
}

template <typename Names>
auto value_of(const Names& names, const std::string& text, const char* field) {
  std::string allowed;
  for (const auto& name : names) {
    if (text == name.text) return name.value;
    allowed += (allowed.empty() ? "" : ", ") + std::string(name.text);
  }
  refuse(std::string(field) + " must be one of " + allowed + "; found \"" + text + "\".");
}

std::string found(const Json& value) {
  if (value.is_structured()) return std::string{"an "} + value.type_name();  // however deep
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

const std::string& text_at(const Json& value, const char* field) {
  if (!value.is_string()) {
    refuse(std::string(field) + " must be text; found " + found(value) + ".");
  }
  return value.get_ref<const std::string&>();
}

int whole_number(const Json& value, const std::string& field) {
  // Unsigned first: a number above the signed range would wrap to a plausible one.
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<int>::max())) {
    return static_cast<int>(value.get<std::uint64_t>());
  }
  if (value.is_number_integer() && !value.is_number_unsigned()) {
    const auto wide = value.get<std::int64_t>();
    if (wide >= std::numeric_limits<int>::min() && wide <= std::numeric_limits<int>::max()) {
      return static_cast<int>(wide);
    }
  }
  refuse(field + " must be a whole number; found " + found(value) + ".");
}

double real_number(const Json& value, const std::string& field) {
  if (!value.is_number()) refuse(field + " must be a number; found " + found(value) + ".");
  return value.get<double>();
}

void expect_range(const char* field, double value, double low, double high) {
  if (value >= low && value <= high) return;
  refuse(std::string(field) + " must be between " + number(low) + " and " + number(high) +
         "; found " + number(value) + ".");
}

void validate_hyperparameter(const Hyperparameter& knob, double value) {
  const auto name = "The hyperparameter " + knob.id;
  switch (knob.kind) {
    case Hyperparameter::Kind::Flag:
      if (value != 0.0 && value != 1.0) {
        refuse(name + " is on (1) or off (0); found " + number(value) + ".");
      }
      return;
    case Hyperparameter::Kind::Choice:
      if (value != std::floor(value) || value < 0.0 ||
          value >= static_cast<double>(knob.choices.size())) {
        refuse(name + " has " + std::to_string(knob.choices.size()) +
               " choices, numbered from 0; found " + number(value) + ".");
      }
      return;
    case Hyperparameter::Kind::Integer:
      if (value != std::floor(value)) {
        refuse(name + " must be a whole number; found " + number(value) + ".");
      }
      break;
    case Hyperparameter::Kind::Real:
      break;
  }
  if (!(value >= knob.minimum && value <= knob.maximum)) {
    refuse(name + " must be between " + number(knob.minimum) + " and " + number(knob.maximum) +
           "; found " + number(value) + ".");
  }
}

}  // namespace

double TrainingConfig::hyperparameter(const ModelInfo& info, const std::string& id) const {
  const Hyperparameter* knob = find_hyperparameter(info, id);
  if (knob == nullptr) refuse(info.title + " has no hyperparameter called \"" + id + "\".");
  const auto set = hyperparameters.find(id);
  return set == hyperparameters.end() ? knob->initial : set->second;
}

void validate(const TrainingConfig& config, const ModelInfo& info) {
  if (config.data.empty()) refuse("A run needs a data set; found none.");
  if (config.model != info.id) {
    refuse("The configuration is for the system \"" + config.model + "\", not for \"" + info.id +
           "\".");
  }
  if (config.network == NetworkKind::Convolutional && !info.supports_convolution) {
    refuse(info.title + " has no convolutional network: choose the dense one.");
  }
  if (config.reconstruction_loss == ReconstructionLoss::SquaredError &&
      !info.supports_squared_error) {
    refuse(info.title + " cannot be trained with the squared error: choose binary cross-entropy.");
  }
  if (config.hidden_widths.size() > 16) {
    refuse("A network may have up to 16 hidden layers; found " +
           std::to_string(config.hidden_widths.size()) + ".");
  }
  for (const int width : config.hidden_widths) {
    expect_range("Each hidden width", width, 1, 65536);
  }
  expect_range("The padding", config.padding, 0, 64);
  expect_range("The latent size", config.latent_dim, 1, 4096);
  // Batch normalisation has no variance to divide by in a batch of one.
  expect_range("The batch size", config.batch_size, 2, 65536);
  expect_range("The number of epochs", config.epochs, 1, 1000000);
  expect_range("The number of threads (0: chosen by the machine's load)", config.threads, 0, 1024);
  if (!(config.learning_rate > 0.0 && config.learning_rate <= 1.0)) {
    refuse("The learning rate must be above 0 and at most 1; found " +
           number(config.learning_rate) + ".");
  }
  for (const auto& [id, value] : config.hyperparameters) {
    const Hyperparameter* knob = find_hyperparameter(info, id);
    if (knob == nullptr) refuse(info.title + " has no hyperparameter called \"" + id + "\".");
    validate_hyperparameter(*knob, value);
  }
}

std::string to_json(const TrainingConfig& config) {
  Json hyperparameters = Json::object();
  for (const auto& [id, value] : config.hyperparameters) hyperparameters[id] = value;
  const Json json = {
      {"data", config.data},
      {"model", config.model},
      {"network", name_of(kNetworkNames, config.network)},
      {"hidden_widths", config.hidden_widths},
      {"padding", config.padding},
      {"latent_dim", config.latent_dim},
      {"reconstruction_loss", name_of(kLossNames, config.reconstruction_loss)},
      {"binarization", name_of(kBinarizationNames, config.binarization)},
      {"batch_size", config.batch_size},
      {"epochs", config.epochs},
      {"learning_rate", config.learning_rate},
      {"seed", config.seed},
      {"threads", config.threads},
      {"fast_path", config.fast_path},
      {"hyperparameters", hyperparameters},
  };
  // A path may hold bytes that are not UTF-8; they are replaced rather than refused.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

TrainingConfig training_config_from_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) refuse("A training configuration must be JSON; this text is not.");
  if (!json.is_object()) {
    refuse("A training configuration must be a JSON object; found " + found(json) + ".");
  }

  TrainingConfig config;
  for (const auto& [key, value] : json.items()) {
    if (key == "data") {
      config.data = text_at(value, "data");
    } else if (key == "model") {
      config.model = text_at(value, "model");
    } else if (key == "network") {
      config.network = value_of(kNetworkNames, text_at(value, "network"), "network");
    } else if (key == "hidden_widths") {
      if (!value.is_array()) {
        refuse("hidden_widths must be a list of whole numbers; found " + found(value) + ".");
      }
      config.hidden_widths.clear();
      for (const Json& width : value) {
        config.hidden_widths.push_back(whole_number(width, "Each of hidden_widths"));
      }
    } else if (key == "padding") {
      config.padding = whole_number(value, key);
    } else if (key == "latent_dim") {
      config.latent_dim = whole_number(value, key);
    } else if (key == "reconstruction_loss") {
      config.reconstruction_loss =
          value_of(kLossNames, text_at(value, "reconstruction_loss"), "reconstruction_loss");
    } else if (key == "binarization") {
      config.binarization =
          value_of(kBinarizationNames, text_at(value, "binarization"), "binarization");
    } else if (key == "batch_size") {
      config.batch_size = whole_number(value, key);
    } else if (key == "epochs") {
      config.epochs = whole_number(value, key);
    } else if (key == "learning_rate") {
      config.learning_rate = real_number(value, key);
    } else if (key == "seed") {
      if (!value.is_number_unsigned()) {
        refuse("seed must be a whole number of at least 0; found " + found(value) + ".");
      }
      config.seed = value.get<std::uint64_t>();
    } else if (key == "threads") {
      config.threads = whole_number(value, key);
    } else if (key == "fast_path") {
      if (!value.is_boolean()) {
        refuse("fast_path must be true or false; found " + found(value) + ".");
      }
      config.fast_path = value.get<bool>();
    } else if (key == "hyperparameters") {
      if (!value.is_object()) {
        refuse("hyperparameters must be an object of numbers; found " + found(value) + ".");
      }
      for (const auto& [id, number] : value.items()) {
        config.hyperparameters[id] = real_number(number, "The hyperparameter " + id);
      }
    } else {
      refuse("A training configuration has no field called \"" + key + "\".");
    }
  }
  return config;
}

}  // namespace latent
