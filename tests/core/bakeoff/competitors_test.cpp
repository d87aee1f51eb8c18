#include "latent/bakeoff.h"
#include "latent/error.h"
#include "support/catch.h"
#include "support/fake_engine.h"

using namespace latent;
using namespace latent::test;

namespace {

std::string refusal(const std::string& names) {
  try {
    bakeoff_competitors(FakeEngine{}, names);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::InvalidConfig);
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a competitor may have knobs of its own, and its name says them", "[bakeoff]") {
  const FakeEngine engine;
  const auto chosen = bakeoff_competitors(engine, "vae,vae:beta=4,vae:beta=0.5,vae:beta=4");
  REQUIRE(chosen.size() == 3);
  CHECK(chosen[0].hyperparameters.empty());
  CHECK(chosen[1].id == "vae-beta-4");
  CHECK(chosen[1].title == "VAE, β 4");
  CHECK(chosen[1].model == "vae");
  CHECK(chosen[1].hyperparameters == std::map<std::string, double>{{"beta", 4.0}});
  CHECK(chosen[2].hyperparameters.at("beta") == 0.5);
}

TEST_CASE("knobs of a competitor that make no sense are refused with what was found", "[bakeoff]") {
  CHECK_THAT(refusal("vae:gamma=2"), ContainsSubstring("gamma=2"));
  CHECK_THAT(refusal("vae:beta"), ContainsSubstring("OPTION=VALUE"));
  CHECK_THAT(refusal("vae:beta=much"), ContainsSubstring("takes a number; found \"much\""));
  CHECK_THAT(refusal(""), ContainsSubstring("at least one system"));
}
