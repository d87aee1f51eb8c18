#include "training/encoder_classifier.h"

#include <numeric>

#include "latent/error.h"
#include "latent/probe.h"
#include "support/catch.h"
#include "support/small_system.h"
#include "support/synthetic_data.h"
#include "training/frozen_network.h"

using namespace latent;
using namespace latent::test;
using training::EncoderClassifier;

namespace {

const ImageShape kBars{1, 8, 8};

/// A system on bars, trained without their labels for some steps, in evaluation mode.
std::shared_ptr<models::Autoencoder> pretrained(const std::string& id, int steps) {
  const auto data = bars(256, kBars, 5);
  const int latent = id == "rbm" ? 64 : 4;  // its code is its only layer
  SmallSystem system(id, latent, {}, {.hidden_widths = {32, 16}}, kBars);
  const training::ImageSource source{data, 0, Binarization::None};
  for (int step = 0; step < steps; ++step) {
    const models::Batch batch = source.range(step * 64 % 256, 64, generator());
    system.model->train_step(batch, system.training);
    ++system.training.step;
    system.training.epoch = 4.0 * (step + 1) / steps;
  }
  return training::frozen_copy(*system.model);
}

std::vector<float> bar_codes(models::Autoencoder& model, const Dataset& images) {
  const torch::NoGradGuard no_grad;
  const models::Code code = model.encode(training::to_tensor(images.images, images.shape, 0), {});
  return models::to_vector(code.unquantized.defined() ? code.unquantized : code.mean);
}

FineTuning with_labels(const Dataset& images, std::int64_t count) {
  FineTuning how;
  const auto order = balanced_order(images, 1);
  how.rows.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count));
  return how;
}

std::vector<float> opinions(const Classifier& classifier, const Dataset& images) {
  std::vector<float> probabilities(static_cast<std::size_t>(images.size() * classifier.classes()));
  classifier.classify(images.images, probabilities);
  return probabilities;
}

}  // namespace

TEST_CASE("fine-tuning begins exactly where the encoder is, in every phase of it", "[training]") {
  const auto data = bars(64, kBars, 1);
  for (const char* id : {"stacked-ae", "denoising-ae", "vae", "rbm", "vq-vae", "two-level-vae"}) {
    for (const int steps : {1, 12}) {
      INFO(id << ", " << steps);
      const auto model = pretrained(id, steps);
      FineTuning how = with_labels(*data, 8);
      how.steps = 0;
      const std::vector<float> expected = bar_codes(*model, *data);
      // The fast path rounds in another order.
      const std::vector<float> begun =
          EncoderClassifier{*model, kBars, *data, how, {}}.codes(data->images);
      REQUIRE(begun.size() == expected.size());
      float most = 0.0F;
      for (std::size_t i = 0; i < begun.size(); ++i) {
        most = std::max(most, std::abs(begun[i] - expected[i]) / (1.0F + std::abs(expected[i])));
      }
      CHECK(most < 1e-4F);
      how.pretrained = false;
      CHECK(EncoderClassifier(*model, kBars, *data, how, {}).codes(data->images) != begun);
      how.pretrained = true;
      how.steps = 1;
      CHECK(EncoderClassifier(*model, kBars, *data, how, {}).codes(data->images) != begun);
      CHECK(bar_codes(*model, *data) == expected);
    }
  }
}

TEST_CASE("from scratch is the same for a seed, whatever the encoder had learned", "[training]") {
  const auto data = bars(64, kBars, 1);
  FineTuning how = with_labels(*data, 16);
  how.pretrained = false;
  how.steps = 5;
  for (const char* id : {"stacked-ae", "vae", "rbm"}) {
    INFO(id);
    const auto some = pretrained(id, 12);
    const auto more = pretrained(id, 24);
    const auto first = opinions(EncoderClassifier{*some, kBars, *data, how, {}}, *data);
    CHECK(opinions(EncoderClassifier{*more, kBars, *data, how, {}}, *data) == first);
    FineTuning other = how;
    other.seed = 2;
    CHECK(opinions(EncoderClassifier{*some, kBars, *data, other, {}}, *data) != first);
  }
}

TEST_CASE("more labels make both beginnings better, until all is told", "[training]") {
  // The bars are as bright as their ground is noisy: some images are needed.
  const auto data = bars(600, kBars, 1);
  const auto test = bars(400, kBars, 2);
  for (const char* id : {"stacked-ae", "denoising-ae", "vae", "rbm"}) {
    const auto model = pretrained(id, 24);
    for (const bool tuned : {true, false}) {
      INFO(id << (tuned ? " fine-tuned" : " from scratch"));
      double before = 0.0;
      for (const std::int64_t count : {4, 40, 400}) {
        FineTuning how = with_labels(*data, count);
        how.pretrained = tuned;
        how.steps = 800;
        const double now = accuracy(EncoderClassifier{*model, kBars, *data, how, {}}, *test);
        CHECK(now > before - 0.02);
        before = now;
      }
      CHECK(before > 0.95);
    }
  }
}

TEST_CASE("what an encoder classifier cannot do is said in a sentence", "[training]") {
  const auto data = bars(64, kBars, 1);
  const FineTuning how = with_labels(*data, 8);
  const auto refusal = [&](const std::string& id) {
    SmallSystem system(id, 4, {}, {.hidden_widths = {32, 16}}, kBars);
    EncoderClassifier(*training::frozen_copy(*system.model), kBars, *data, how, {});
  };
  CHECK_THROWS_WITH(refusal("gan"), ContainsSubstring("no encoder"));
  CHECK_THROWS_WITH(refusal("pca"), ContainsSubstring("no network to fine-tune"));
  CHECK_THROWS_WITH(refusal("conditional-vae"), ContainsSubstring("told the class"));

  const auto model = pretrained("vae", 1);
  const auto with = [&](const FineTuning& rules, const Dataset& images) {
    EncoderClassifier(*model, kBars, images, rules, {});
  };
  CHECK_THROWS_WITH(with({.rows = {1}}, *data), ContainsSubstring("given 1"));
  CHECK_THROWS_WITH(with({.rows = {1, 64}}, *data), ContainsSubstring("Image 64"));
  CHECK_THROWS_WITH(with(how, *bars(64, {1, 4, 4}, 1)), ContainsSubstring("different image sizes"));
  Dataset unnamed = *data;
  unnamed.class_names.clear();
  CHECK_THROWS_WITH(with(how, unnamed), ContainsSubstring("two classes"));
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(EncoderClassifier(*model, kBars, *data, how, stop.get_token()), Error);
}
