#include <memory>

#include "bakeoff/task.h"

namespace latent::bakeoff {
namespace {

constexpr int kLikelihoodSamples = 500;

/// −log p(x) of the test set by importance weighting, where the runs are of binarised pictures: the
/// cross-entropy of grey values is no density of them.
class LikelihoodTask : public BakeoffTask {
 public:
  const BakeoffTaskInfo& info() const override { return info_; }

  void measure(Contender& contender, BakeoffResult& result) override {
    const TrainingConfig& training = contender.config().training;
    if (training.binarization == Binarization::None ||
        training.reconstruction_loss != ReconstructionLoss::BinaryCrossEntropy) {
      leave_out(result, "Only of binarised pictures is the cross-entropy a likelihood.");
      return;
    }
    const auto measured = put_to_use(contender, result, "likelihood", kLikelihoodSamples);
    if (!measured) return;
    for (const TaskFigure& figure : measured->figures) {
      if (figure.id == "nll") result.figures["nll"] = figure.mean;
    }
  }

 private:
  BakeoffTaskInfo info_{
      .id = "likelihood",
      .title = "Likelihood: −log p(x)",
      .help =
          "How probable the system finds the test pictures, where they are binarised: an upper "
          "bound by 500 importance samples each.",
      .columns = {{.id = "nll",
                   .title = "−log p(x)",
                   .unit = "nats per image",
                   .help = "Upper bound of −log p(x) of the binarised test images, by 500 "
                           "importance-weighted samples of each posterior."}},
      .pictures = {}};
};

const BakeoffTaskEntry likelihood_entry(60, [] { return std::make_unique<LikelihoodTask>(); });

}  // namespace
}  // namespace latent::bakeoff
