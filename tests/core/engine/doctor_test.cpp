#include "engine/doctor.h"

#include <algorithm>

#include "support/catch.h"

namespace {

using latent::DoctorFinding;

const DoctorFinding* find(const std::vector<DoctorFinding>& findings, const std::string& name) {
  const auto found =
      std::find_if(findings.begin(), findings.end(),
                   [&](const DoctorFinding& finding) { return finding.name == name; });
  return found != findings.end() ? &*found : nullptr;
}

}  // namespace

TEST_CASE("the doctor measures the matrix products and names the libraries that are loaded",
          "[engine][doctor]") {
  const std::vector<DoctorFinding> findings = latent::engine::examine();
  for (const char* name : {"LibTorch", "oneDNN", "processor", "BLAS that LibTorch uses",
                           "OpenMP runtime", "sgemm, 1 thread"}) {
    INFO(name);
    const DoctorFinding* finding = find(findings, name);
    REQUIRE(finding != nullptr);
    CHECK_FALSE(finding->value.empty());
  }
  // Any processor of this century does more than one.
  CHECK(std::stod(find(findings, "sgemm, 1 thread")->value) > 1.0);
  CHECK(find(findings, "OpenMP runtime")->value.find("libgomp") != std::string::npos);
}

TEST_CASE("every problem that the doctor finds comes with advice", "[engine][doctor]") {
  for (const DoctorFinding& finding : latent::engine::examine()) {
    INFO(finding.name << ": " << finding.value);
    CHECK((finding.level == DoctorFinding::Level::Problem) == !finding.advice.empty());
  }
}
