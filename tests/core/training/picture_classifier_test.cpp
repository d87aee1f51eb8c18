#include "training/picture_classifier.h"

#include <numeric>

#include "latent/error.h"
#include "support/catch.h"
#include "support/synthetic_data.h"

using namespace latent;
using training::PictureClassifier;

TEST_CASE("a classifier learns what its labels say and is a distribution over classes",
          "[training]") {
  // Taller bars than the shifts of training, which would carry one into the next.
  DataSplit data = test::bars_split({1, 32, 8}, 600);
  const PictureClassifier classifier{data, 3, {}};
  CHECK(accuracy(classifier, *data.test) > 0.95);
  std::vector<float> probabilities(static_cast<std::size_t>(4 * data.test->size()));
  classifier.classify(data.test->images, probabilities);
  for (std::size_t i = 0; i < probabilities.size(); i += 4) {
    CHECK(std::accumulate(&probabilities[i], &probabilities[i] + 4, 0.0F) == Approx(1.0F));
  }
}

TEST_CASE("a classifier knows nothing of images without labels", "[training]") {
  DataSplit data = test::bars_split({1, 32, 8}, 600);
  auto lied = std::make_shared<Dataset>(*data.train);
  // Half the images say nothing; were they taken for class 0, the others could not win.
  for (std::size_t i = 0; i < lied->labels.size(); i += 2) lied->labels[i] = -1;
  data.train = lied;
  CHECK(accuracy(PictureClassifier{data, 3, {}}, *data.test) > 0.95);
}

TEST_CASE("a classifier needs two classes, and pictures of its own size", "[training]") {
  DataSplit data = test::bars_split({1, 32, 8}, 200);
  const PictureClassifier classifier{data, 1, {}};
  std::vector<float> probabilities(4);
  CHECK_THROWS_AS(classifier.classify(std::vector<std::uint8_t>(100), probabilities), Error);
  auto one = std::make_shared<Dataset>(*data.train);
  one->class_names = {"0"};
  data.train = one;
  CHECK_THROWS_WITH(PictureClassifier(data, 1, {}), ContainsSubstring("two classes"));
}

TEST_CASE("a classifier reads pictures of few pixels, and colour", "[training]") {
  const ImageShape shape = GENERATE(ImageShape{1, 4, 4}, ImageShape{1, 5, 3}, ImageShape{3, 9, 12});
  CAPTURE(shape.channels, shape.height, shape.width);
  const DataSplit data = test::bars_split(shape, 200);
  const PictureClassifier classifier{data, 1, {}};
  std::vector<float> probabilities(static_cast<std::size_t>(4 * data.test->size()));
  classifier.classify(data.test->images, probabilities);
  CHECK(std::accumulate(probabilities.begin(), probabilities.begin() + 4, 0.0F) == Approx(1.0F));
}

TEST_CASE("training a classifier stops soon after it is asked to", "[training]") {
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(PictureClassifier(test::bars_split(), 1, stop.get_token()), Error);
}
