#include "bakeoff/sample_quality.h"

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "bakeoff/files.h"
#include "support/catch.h"
#include "support/data_files.h"
#include "support/fake_classifier.h"
#include "support/synthetic_data.h"

using namespace latent;
using namespace latent::bakeoff;

namespace {

const Check kNever = [] {};

/// Row y of a table that is asked for in turn.
class FixedClassifier : public Classifier {
 public:
  explicit FixedClassifier(std::vector<float> rows) : m_rows(std::move(rows)) {}
  ImageShape shape() const override { return {1, 1, 1}; }
  int classes() const override { return 3; }
  void classify(std::span<const std::uint8_t>, std::span<float> probabilities) const override {
    std::copy(m_rows.begin(), m_rows.end(), probabilities.begin());
  }

 private:
  std::vector<float> m_rows;
};

}  // namespace

TEST_CASE("copies of training images are at no distance from them", "[bakeoff]") {
  const auto training = test::bars(30, {1, 4, 4}, 1);
  const std::vector<std::uint8_t> copies(training->images.begin(),
                                         training->images.begin() + 5 * 16);
  CHECK(picture_distances(copies, *training, 1, kNever).to_training == 0.0);
  CHECK(picture_distances(copies, *training, 1, kNever).to_each_other > 0.0);
}

TEST_CASE("pictures that are all the same are at no distance from each other", "[bakeoff]") {
  const auto training = test::bars(30, {1, 4, 4}, 1);
  const std::vector<std::uint8_t> white(3 * 16, 255);
  CHECK(picture_distances(white, *training, 1, kNever).to_each_other == 0.0);
  CHECK(picture_distances(white, *training, 1, kNever).to_training > 0.0);
}

TEST_CASE("the distance between pictures is Euclidean, with pixels from 0 to 1", "[bakeoff]") {
  Dataset black;
  black.shape = {1, 200, 200};  // more pixels than are summed at once
  black.images.assign(40000, 0);
  black.labels = {0};
  std::vector<std::uint8_t> pictures(2 * 40000, 255);
  std::fill(pictures.begin() + 40000, pictures.end(), std::uint8_t{51});
  const PictureDistances distances = picture_distances(pictures, black, 1, kNever);
  CHECK(distances.to_training == Approx(0.5 * (200.0 + 0.2 * 200.0)));
  CHECK(distances.to_each_other == Approx(0.8 * 200.0));
}

TEST_CASE("only pictures of whose class the judge is sure count", "[bakeoff]") {
  const FixedClassifier classifier{{0.95F, 0.05F, 0.0F,    // sure of class 0
                                    0.6F, 0.4F, 0.0F,      // not sure
                                    0.91F, 0.0F, 0.09F,    // class 0 again
                                    0.0F, 0.02F, 0.98F}};  // class 2
  const SampleVerdict verdict = judge(classifier, std::vector<std::uint8_t>(4));
  CHECK(verdict.confident == Approx(0.75));
  CHECK(verdict.classes() == 2);
  REQUIRE(verdict.of_class.size() == 3);
  CHECK(verdict.of_class[0] == Approx(0.5));
  CHECK(verdict.of_class[1] == 0.0);
  CHECK(verdict.of_class[2] == Approx(0.25));
}

TEST_CASE("a class of which no picture is sure is named, with how rare it is in truth",
          "[bakeoff]") {
  const SampleVerdict test{.confident = 0.9, .of_class = {0.3, 0.1, 0.5}};
  const std::vector<std::string> names{"Shirt", "Coat", "Bag"};
  CHECK(missed_classes({.confident = 0.8, .of_class = {0.4, 0.2, 0.2}}, test, names).empty());
  CHECK(missed_classes({.confident = 0.2, .of_class = {0.2, 0.0, 0.0}}, test, names) ==
        "None of the sure pictures is Coat (10.0 % of the test images are surely so); none is Bag "
        "(50.0 % of the test images are surely so).");
}

TEST_CASE("a remark on a figure is kept with it and stands below the table", "[bakeoff]") {
  BakeoffConfig config;
  config.competitors = {{.id = "rbm", .title = "RBM", .model = "rbm", .hyperparameters = {}}};
  config.seeds = 1;
  BakeoffResult result;
  result.competitor = "rbm";
  result.figures = {{"samples_classes", 9.0}};
  result.remarks = {{"samples_classes", "None is Shirt."}};
  const test::ScratchFolder scratch;
  std::filesystem::create_directories(scratch.path() / "results");
  write_result(scratch.path(), result);
  const auto kept = read_result(scratch.path(), "rbm", 1);
  REQUIRE(kept);
  CHECK_THAT(bakeoff_markdown(config, {*kept}),
             ContainsSubstring("| RBM | 9 |") && ContainsSubstring("None is Shirt."));
  result.remarks.clear();
  CHECK_THAT(bakeoff_markdown(config, {result}), !ContainsSubstring("None is"));
}

TEST_CASE("accuracy counts labelled pictures only", "[bakeoff]") {
  Dataset data = *test::bars(40, {1, 8, 8}, 1);
  const test::NearestMeanClassifier classifier{data};
  CHECK(accuracy(classifier, data) == 1.0);
  for (std::size_t i = 0; i < 10; ++i) data.labels[i] = (data.labels[i] + 1) % 4;
  CHECK(accuracy(classifier, data) == Approx(0.75));
  for (std::size_t i = 0; i < 10; ++i) data.labels[i] = -1;
  CHECK(accuracy(classifier, data) == 1.0);
}
