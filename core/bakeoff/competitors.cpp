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
    const auto known =
        std::find_if(nine.begin(), nine.end(), [&](const auto& each) { return each.id == name; });
    if (known != nine.end()) {
      add(*known);
      continue;
    }
    const ModelInfo& model = engine.model(name);  // names what there is when it is not there
    add({model.id, model.title, model.id, {}});
  }
  if (chosen.empty()) {
    throw Error{ErrorCode::InvalidConfig,
                "A bake-off needs at least one system: all, every, others, or ids separated by "
                "commas."};
  }
  return chosen;
}

}  // namespace latent
