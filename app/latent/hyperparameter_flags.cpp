#include "hyperparameter_flags.h"

#include <algorithm>
#include <charconv>

#include "arguments.h"

namespace latent::app {
namespace {

double parse_value(const Hyperparameter& knob, const std::string& text) {
  const std::string flag = "--" + knob.id;
  if (knob.kind == Hyperparameter::Kind::Choice) {
    const auto chosen = std::find(knob.choices.begin(), knob.choices.end(), text);
    if (chosen == knob.choices.end()) {
      throw UsageError(flag + " is " + list_of(knob.choices) + "; found \"" + text + "\".");
    }
    return static_cast<double>(chosen - knob.choices.begin());
  }
  if (knob.kind == Hyperparameter::Kind::Flag) {
    for (const char* yes : {"1", "on", "yes", "true"}) {
      if (text == yes) return 1.0;
    }
    for (const char* no : {"0", "off", "no", "false"}) {
      if (text == no) return 0.0;
    }
    throw UsageError(flag + " is on or off; found \"" + text + "\".");
  }
  double value = 0.0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || rest != text.data() + text.size()) {
    throw UsageError(flag + " takes a number; found \"" + text + "\".");
  }
  return value;
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
