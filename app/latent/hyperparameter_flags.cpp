#include "hyperparameter_flags.h"

#include <algorithm>

#include "arguments.h"
#include "latent/error.h"

namespace latent::app {
namespace {

double parse_value(const Hyperparameter& knob, const std::string& text) {
  try {
    return parse_hyperparameter(knob, text, "--" + knob.id);
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

[[noreturn]] void refuse(const std::string& word, const ModelInfo& model) {
  std::vector<std::string> flags;
  for (const Hyperparameter& knob : model.hyperparameters) flags.push_back("--" + knob.id);
  const std::string own =
      flags.empty() ? "; " + model.title + " has no options of its own."
                    : "; " + model.title + "'s own options are " + list_of(flags, "and") + ".";
  throw UsageError("\"" + word + "\" is not known here" + own);
}

}  // namespace

std::map<std::string, double> parse_hyperparameters(const std::vector<std::string>& words,
                                                    const ModelInfo& model) {
  std::map<std::string, double> values;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (!word.starts_with("--")) refuse(word, model);
    const std::size_t equals = word.find('=');
    std::string id = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    // Ids are written with underscores, flags may be with hyphens.
    if (find_hyperparameter(model, id) == nullptr) std::replace(id.begin(), id.end(), '-', '_');
    const Hyperparameter* knob = find_hyperparameter(model, id);
    if (knob == nullptr) refuse(word.substr(0, equals), model);
    if (equals != std::string::npos) {
      values[id] = parse_value(*knob, word.substr(equals + 1));
    } else if (i + 1 < words.size() && !words[i + 1].starts_with("--")) {
      values[id] = parse_value(*knob, words[++i]);
    } else if (knob->kind == Hyperparameter::Kind::Flag) {
      values[id] = 1.0;
    } else {
      throw UsageError(word + " takes a value, and none follows it.");
    }
  }
  return values;
}

}  // namespace latent::app
