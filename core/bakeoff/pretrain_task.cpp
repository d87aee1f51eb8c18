#include <memory>
#include <string>

#include "bakeoff/task.h"

namespace latent::bakeoff {
namespace {

constexpr int kMostLabels = 3000;

/// Whether training without labels helps a classifier that has few: the encoder is fine-tuned
/// beside the same network from random weights.
class PretrainTask : public BakeoffTask {
 public:
  const BakeoffTaskInfo& info() const override { return info_; }

  void measure(Contender& contender, BakeoffResult& result) override {
    const auto measured = put_to_use(contender, result, "pretrain", kMostLabels);
    if (!measured) return;
    const auto& lines = measured->curves.front().lines;
    for (std::size_t i = 0; i < lines[0].x.size(); ++i) {
      const std::string labels = std::to_string(static_cast<int>(lines[0].x[i]));
      result.figures[kFineTuned + labels] = lines[0].y[i];
      result.figures[kFromScratch + labels] = lines[1].y[i];
    }
  }

 private:
  BakeoffTaskInfo info_{
      .id = "pretrain",
      .title = "Pre-training",
      .help = "Classifiers with 100 to 3000 labels, fine-tuned from the encoder and from scratch.",
      .columns = {{.id = "fine_tuned_100",
                   .title = "Fine-tuned, 100 labels",
                   .unit = "",
                   .help = "Test accuracy of a classifier that begins as the trained encoder, with "
                           "100 labels.",
                   .higher_is_better = true,
                   .decimals = 4},
                  {.id = "from_scratch_100",
                   .title = "From scratch, 100 labels",
                   .unit = "",
                   .help = "The same network from random weights, on the same images.",
                   .higher_is_better = true,
                   .decimals = 4,
                   .compared = false}},
      .pictures = {}};
};

const BakeoffTaskEntry pretrain_entry(55, [] { return std::make_unique<PretrainTask>(); });

}  // namespace
}  // namespace latent::bakeoff
