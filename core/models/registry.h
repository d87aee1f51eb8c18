#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "latent/model_info.h"
#include "models/autoencoder.h"

namespace latent::models {

using ModelFactory = std::function<std::shared_ptr<Autoencoder>(const ModelContext&)>;

/// Adds a system; called while the engine is loaded, by the system's own file:
///     const bool beta_vae_registered = register_model<BetaVae>({.id = "beta-vae", …});
/// The id is the file's name with '-' for '_'. Systems trained by gradients get the knobs of the
/// learning rate's schedule. Throws Error{Internal} when the id is taken.
bool register_model(ModelInfo info, ModelFactory factory);

template <typename Model>
bool register_model(ModelInfo info) {
  return register_model(std::move(info),
                        [](const ModelContext& context) -> std::shared_ptr<Autoencoder> {
                          return std::make_shared<Model>(context);
                        });
}

/// Every system, sorted by `order`.
const std::vector<ModelInfo>& registered_models();
/// Throws Error{InvalidConfig} naming the ids there are.
const ModelInfo& registered_model(const std::string& id);
/// The system that `context.config.model` names.
std::shared_ptr<Autoencoder> make_model(const ModelContext& context);

}  // namespace latent::models
