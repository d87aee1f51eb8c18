#include <algorithm>
#include <sstream>

#include "latent/bakeoff.h"
#include "latent/error.h"

namespace latent {

const std::vector<BakeoffCompetitor>& published_competitors() {
  static const std::vector<BakeoffCompetitor> nine = {
      {"shallow-ae", "Shallow AE", "shallow-ae", {}},
      {"deep-ae", "Deep AE", "deep-ae", {}},
      {"stacked-ae", "Stacked AE", "stacked-ae", {}},
      {"sparse-ae", "Sparse AE", "sparse-ae", {}},
      {"denoising-ae", "Denoising AE", "denoising-ae", {}},
      {"vae", "VAE", "vae", {}},
      {"beta-vae-strict", "β-VAE, strict (β = 2)", "beta-vae", {{"beta", 2.0}}},
      {"beta-vae-loose", "β-VAE, loose (β = ½)", "beta-vae", {{"beta", 0.5}}},
      {"vq-vae", "VQ-VAE", "vq-vae", {}},
  };
  return nine;
}

namespace {

/// "m2:labels=600:alpha=5": a system, or one of the nine, with knobs of its own.
BakeoffCompetitor with_knobs(const Engine& engine, BakeoffCompetitor competitor,
                             const std::string& knobs) {
  const ModelInfo& model = engine.model(competitor.model);
  std::istringstream list{knobs};
  for (std::string setting; std::getline(list, setting, ':');) {
    const std::size_t equals = setting.find('=');
    const std::string id = setting.substr(0, equals);
    const Hyperparameter* knob = find_hyperparameter(model, id);
    if (equals == std::string::npos || knob == nullptr) {
      throw Error{ErrorCode::InvalidConfig, model.title + " takes its own options as " +
                                                competitor.id + ":OPTION=VALUE; found \"" +
                                                setting + "\"."};
    }
    const std::string value = setting.substr(equals + 1);
    competitor.hyperparameters[id] = parse_hyperparameter(*knob, value, id);
    competitor.id += "-" + id + "-" + value;
    competitor.title += ", " + knob->title + " " + value;
  }
  return competitor;
}

}  // namespace

std::vector<BakeoffCompetitor> bakeoff_competitors(const Engine& engine, const std::string& names) {
  const std::vector<BakeoffCompetitor>& nine = published_competitors();
  std::vector<BakeoffCompetitor> chosen;
  const auto add = [&](const BakeoffCompetitor& competitor) {
    const bool there = std::any_of(chosen.begin(), chosen.end(),
                                   [&](const auto& other) { return other.id == competitor.id; });
    if (!there) chosen.push_back(competitor);
  };
  const auto among_nine = [&](const std::string& model) {
    return std::any_of(nine.begin(), nine.end(),
                       [&](const auto& each) { return each.model == model; });
  };
  std::istringstream list{names};
  for (std::string name; std::getline(list, name, ',');) {
    if (name == "all") {
      for (const BakeoffCompetitor& each : nine) add(each);
      continue;
    }
    if (name == "every" || name == "others") {
      for (const ModelInfo& model : engine.models()) {
        if (name == "every" || !among_nine(model.id)) add({model.id, model.title, model.id, {}});
      }
      continue;
    }
    const std::size_t colon = name.find(':');
    const std::string id = name.substr(0, colon);
    const auto known =
        std::find_if(nine.begin(), nine.end(), [&](const auto& each) { return each.id == id; });
    BakeoffCompetitor competitor;
    if (known != nine.end()) {
      competitor = *known;
    } else {
      const ModelInfo& model = engine.model(id);  // names what there is when it is not there
      competitor = {model.id, model.title, model.id, {}};
    }
    add(colon == std::string::npos ? competitor
                                   : with_knobs(engine, competitor, name.substr(colon + 1)));
  }
  if (chosen.empty()) {
    throw Error{ErrorCode::InvalidConfig,
                "A bake-off needs at least one system: all, every, others, or ids separated by "
                "commas."};
  }
  return chosen;
}

}  // namespace latent
