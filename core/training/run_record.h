#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "training/frozen_network.h"

namespace latent::training {

/// Small facts measured on the test part once a run has reached its goal, as a JSON object:
/// "test_images", "test_total", "test_<term>" (nats per image, one z sampled by `seed`), and, where
/// there is an encoder and there are classes, "knn_k" and "knn_accuracy" of the codes' means (with
/// two latent dimensions also "knn_accuracy_2d", which is what the map shows). nullopt soon after
/// `interrupted` said true.
std::optional<std::string> measure_record(const FrozenNetwork& network, const Dataset& test,
                                          std::uint64_t seed,
                                          const std::function<bool()>& interrupted);

/// The members of both objects; `added` wins. Throws Error{InvalidConfig} when it is not a JSON
/// object.
std::string merged_records(const std::string& record, const std::string& added);

}  // namespace latent::training
