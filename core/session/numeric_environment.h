#pragma once

#include <string>
#include <vector>

namespace latent {

/// One environment variable that a numeric library reads once, when it is loaded.
struct NumericSetting {
  std::string name;
  std::string value;
};

/// What this machine wants, whatever BLAS is installed: kernels by the processor's features, and
/// threads that do not turn long while they wait.
std::vector<NumericSetting> numeric_settings();

/// Sets what the user has not set already; must run before the libraries are loaded.
void prepare_numeric_environment();

}  // namespace latent
