#include "engine/doctor.h"

#include <dnnl.h>
#include <torch/version.h>

#include "training/threads.h"

namespace latent::engine {

std::vector<std::pair<std::string, std::string>> versions() {
  const dnnl_version_t* dnnl = dnnl_version();
  return {{"Latent Studio", LATENT_VERSION},
          {"LibTorch", TORCH_VERSION},
          {"oneDNN", std::to_string(dnnl->major) + "." + std::to_string(dnnl->minor) + "." +
                         std::to_string(dnnl->patch)}};
}

std::vector<DoctorFinding> examine() {
  std::vector<DoctorFinding> findings;
  for (const auto& [name, version] : versions()) {
    findings.push_back({DoctorFinding::Level::Fact, name, version, {}});
  }
  findings.push_back({DoctorFinding::Level::Fact,
                      "processors",
                      std::to_string(training::automatic_thread_count()),
                      {}});
  return findings;
}

}  // namespace latent::engine
