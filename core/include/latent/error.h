#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace latent {

/// What kind of thing went wrong; a caller branches on this, never on the text.
enum class ErrorCode {
  DatasetNotFound,
  DatasetCorrupt,
  InvalidConfig,
  ShapeMismatch,
  NonFiniteLoss,
  RunFileCorrupt,
  WriteFailed,
  NetworkFailed,
  Cancelled,
  OutOfMemory,
  EngineMissing,
  Internal,
};

/// The core's one exception. `what()` is one sentence that a user can act on: what was expected,
/// what was found, and where. `detail()` holds the underlying text, for a log.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& sentence, std::string detail = {})
      : std::runtime_error(sentence), code_(code), detail_(std::move(detail)) {}

  ErrorCode code() const noexcept { return code_; }
  const std::string& detail() const noexcept { return detail_; }

 private:
  ErrorCode code_;
  std::string detail_;
};

}  // namespace latent
