#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ui/explorer_service.h"

namespace latent::ui {

/// Codes of all test images, some of them of older weights where a pass takes several turns.
struct ExplorerService::Encoding {
  std::vector<float> codes;
  std::vector<float> logVariances;  ///< of Gaussian posteriors; empty for all others
  std::size_t next = 0;             ///< image that is encoded next
  std::size_t older = 0;            ///< images whose code is of older weights
  std::int64_t snapshot = -1;
};

}  // namespace latent::ui
