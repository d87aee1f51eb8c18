#pragma once

#include <cstdio>
#include <string>

namespace latent {

/// A figure as the tables print it: 1234.5 with one decimal.
inline std::string number(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

}  // namespace latent
