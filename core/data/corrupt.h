#pragma once

#include <string>

#include "latent/error.h"

namespace latent {

/// A file that was read is not what it claims to be: `sentence` says what was expected and found.
[[noreturn]] inline void corrupt(const std::string& sentence) {
  throw Error(ErrorCode::DatasetCorrupt, sentence);
}

}  // namespace latent
