#include "latent/model_info.h"

#include <algorithm>

namespace latent {

const Hyperparameter* find_hyperparameter(const ModelInfo& info, const std::string& id) {
  const auto found =
      std::find_if(info.hyperparameters.begin(), info.hyperparameters.end(),
                   [&](const Hyperparameter& candidate) { return candidate.id == id; });
  return found == info.hyperparameters.end() ? nullptr : &*found;
}

}  // namespace latent
