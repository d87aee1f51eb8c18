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

/// Sets what the user has not set already; must run before the libraries are loaded. Done as this
/// library is loaded.
void prepare_numeric_environment();

/// Begins this program again, in the same process and with the same arguments, where OpenMP was
/// loaded before this library and so has not read what it is to do: Qt loads it. To be called first
/// thing in main(), with its arguments; returns where there is nothing to do, or it cannot be done.
void restart_if_settings_came_late(char* const arguments[]);

}  // namespace latent
