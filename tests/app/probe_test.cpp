#include <nlohmann/json.hpp>

#include "app/program_runner.h"
#include "support/catch.h"

using namespace latent::test;
using nlohmann::json;

TEST_CASE("a probe tells how much few labels say, and the same seed says the same", "[app]") {
  const ScratchFolder folder;
  const std::string run = folder.file("run.safetensors");
  REQUIRE(run_latent({"train", "--data", "mnist-10k", "--model", "vae", "--latent", "8", "--widths",
                      "64,32", "--epochs", "3", "--out", run})
              .exit_code == 0);
  const auto probe = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"probe", run, "--json"});
    const Outcome outcome = run_latent(words);
    INFO(outcome.errors);
    REQUIRE(outcome.exit_code == 0);
    return json::parse(outcome.output);
  };
  const json result = probe({"--labels", "20,all"});
  REQUIRE(result["results"].size() == 2);
  CHECK(result["results"][0]["labels"] == 20);
  CHECK(result["results"][1]["labels"] == 8000);
  const double few = result["results"][0]["accuracy"];
  const double all = result["results"][1]["accuracy"];
  CHECK(few > 0.2);
  CHECK(all > few);
  // The confusion matrix holds every test image once, and its diagonal is the accuracy.
  const auto& confusion = result["results"][1]["confusion"];
  REQUIRE(confusion.size() == 100);
  int sum = 0;
  int right = 0;
  for (int i = 0; i < 100; ++i) {
    sum += confusion[static_cast<std::size_t>(i)].get<int>();
    if (i % 11 == 0) right += confusion[static_cast<std::size_t>(i)].get<int>();
  }
  CHECK(sum == 1000);
  CHECK(right / 1000.0 == Approx(all));
  CHECK(probe({"--labels", "20,all"}) == result);
  CHECK(probe({"--labels", "20", "--seed", "2"})["results"][0] != result["results"][0]);
  CHECK(probe({"--labels", "20", "--sample"})["codes"] == "sampled");

  const Outcome page = run_latent({"probe", run, "--labels", "50"});
  CHECK_THAT(page.output, ContainsSubstring("posterior means") && ContainsSubstring("accuracy"));
  const Outcome none = run_latent({"probe", run, "--labels", "10,0"});
  CHECK(none.exit_code == 2);
  CHECK_THAT(none.errors, ContainsSubstring("--labels") && ContainsSubstring("10,0"));
  CHECK(run_latent({"probe", run, "--labels", "many"}).exit_code == 2);
}
