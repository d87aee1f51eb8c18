#include "latent/model_info.h"

#include <algorithm>
#include <charconv>

#include "latent/error.h"

namespace latent {
namespace {

/// "a, b or c".
std::string any_of(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace

const Hyperparameter* find_hyperparameter(const ModelInfo& info, const std::string& id) {
  const auto found =
      std::find_if(info.hyperparameters.begin(), info.hyperparameters.end(),
                   [&](const Hyperparameter& candidate) { return candidate.id == id; });
  return found == info.hyperparameters.end() ? nullptr : &*found;
}

double parse_hyperparameter(const Hyperparameter& knob, const std::string& text,
                            const std::string& name) {
  const auto refuse = [&](const std::string& wanted) {
    throw Error{ErrorCode::InvalidConfig, name + wanted + "; found \"" + text + "\"."};
  };
  if (knob.kind == Hyperparameter::Kind::Choice) {
    const auto chosen = std::find(knob.choices.begin(), knob.choices.end(), text);
    if (chosen == knob.choices.end()) refuse(" is " + any_of(knob.choices));
    return static_cast<double>(chosen - knob.choices.begin());
  }
  if (knob.kind == Hyperparameter::Kind::Flag) {
    for (const char* yes : {"1", "on", "yes", "true"}) {
      if (text == yes) return 1.0;
    }
    for (const char* no : {"0", "off", "no", "false"}) {
      if (text == no) return 0.0;
    }
    refuse(" is on or off");
  }
  double value = 0.0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || rest != text.data() + text.size()) {
    refuse(" takes a number");
  }
  return value;
}

}  // namespace latent
