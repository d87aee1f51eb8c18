#include "models/registry.h"

#include <algorithm>
#include <map>

#include "latent/error.h"
#include "models/schedule.h"

namespace latent::models {
namespace {

struct Registry {
  std::vector<ModelInfo> infos;
  std::map<std::string, ModelFactory> factories;
};

// A function's static: systems register from other files' initialisers, in any order.
Registry& registry() {
  static Registry instance;
  return instance;
}

}  // namespace

bool register_model(ModelInfo info, ModelFactory factory) {
  Registry& all = registry();
  if (info.gradient_trained) {
    for (Hyperparameter& knob : rate_knobs()) info.hyperparameters.push_back(std::move(knob));
  }
  if (!all.factories.emplace(info.id, std::move(factory)).second) {
    throw Error{ErrorCode::Internal, "Two systems are called '" + info.id + "'."};
  }
  const auto place = std::upper_bound(all.infos.begin(), all.infos.end(), info,
                                      [](const ModelInfo& a, const ModelInfo& b) {
                                        return a.order != b.order ? a.order < b.order : a.id < b.id;
                                      });
  all.infos.insert(place, std::move(info));
  return true;
}

const std::vector<ModelInfo>& registered_models() {
  return registry().infos;
}

const ModelInfo& registered_model(const std::string& id) {
  std::string ids;
  for (const ModelInfo& info : registered_models()) {
    if (info.id == id) return info;
    ids += (ids.empty() ? "" : ", ") + info.id;
  }
  throw Error{ErrorCode::InvalidConfig,
              "There is no system called '" + id + "'; there are: " + ids + "."};
}

std::shared_ptr<Autoencoder> make_model(const ModelContext& context) {
  registered_model(context.config.model);
  return registry().factories.at(context.config.model)(context);
}

}  // namespace latent::models
