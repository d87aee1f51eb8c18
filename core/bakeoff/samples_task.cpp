#include <algorithm>
#include <filesystem>
#include <mutex>
#include <optional>
#include <vector>

#include "bakeoff/sample_quality.h"
#include "bakeoff/task.h"
#include "latent/pictures.h"

namespace latent::bakeoff {
namespace {

/// What a classifier says of pictures drawn from the prior, and a sheet of them; of the first seed.
class SamplesTask : public BakeoffTask {
 public:
  const BakeoffTaskInfo& info() const override { return info_; }

  bool takes(const Contender& contender) const override { return contender.is_first_seed(); }
  bool is_done(const Contender& contender, const BakeoffResult& result) const override {
    return BakeoffTask::is_done(contender, result) &&
           (!contender.system().has_prior || std::filesystem::exists(contender.picture("samples")));
  }

  void measure(Contender& contender, BakeoffResult& result) override {
    if (!contender.system().has_prior) {
      leave_out(result, contender.system().title + " has no prior to draw from.");
      return;
    }
    const FrozenModel& model = contender.model();
    draw_sheet(contender, model);
    if (class_count(contender.data()) < 2) {
      leave_out(result, "The data set has fewer than two classes.");
      return;
    }
    const Check check = [&] { contender.check(); };
    std::call_once(first_, [&] {
      contender.tell("training the classifier that judges samples");
      judge_.emplace(contender.engine(), contender.data(), contender.config().training.threads,
                     contender.stop(), check);
    });
    contender.tell("judging samples");
    judge_->measure(model, result, check);
  }

 private:
  static void draw_sheet(const Contender& contender, const FrozenModel& model) {
    constexpr int kShown = 60;
    constexpr int kColumns = 15;
    std::vector<std::int32_t> labels(kShown);
    for (int i = 0; i < kShown; ++i) {
      labels[static_cast<std::size_t>(i)] = i % std::max(1, class_count(contender.data()));
    }
    const std::vector<float> codes = model.sample_prior(kShown, 1);
    write_png(contender.picture("samples"),
              tile_pictures(decoded(model, codes, labels), model.shape(), kColumns));
  }

  std::once_flag first_;
  std::optional<SampleJudge> judge_;  // one for all contenders
  BakeoffTaskInfo info_{
      .id = "samples",
      .title = "Samples: judged",
      .help =
          "A classifier that knows only the training images says of how many samples from the "
          "prior it is sure, and of how many classes they are.",
      .columns =
          {{.id = "samples_confident",
            .title = "Samples told",
            .unit = "",
            .help = "Share of 2000 pictures drawn from the prior of whose class a classifier that "
                    "knows only the training images is at least 90 % sure.",
            .higher_is_better = true,
            .decimals = 3},
           {.id = "samples_classes",
            .title = "Classes drawn",
            .unit = "",
            .help = "Classes that at least one of those sure pictures is of.",
            .decimals = 0,
            .compared = false},
           {.id = "samples_to_training",
            .title = "From training",
            .unit = "× test",
            .help =
                "Mean distance of 500 of the pictures to the nearest training image, over that of "
                "500 test images: near 0 for copies, above 1 for pictures unlike any.",
            .compared = false},
           {.id = "samples_apart",
            .title = "Apart",
            .unit = "× test",
            .help =
                "Mean distance of 500 of the pictures to the nearest other one, over that of 500 "
                "test images: near 0 when all are alike.",
            .compared = false},
           {.id = "judge_accuracy",
            .title = "Classifier",
            .unit = "",
            .help = "Test accuracy of the classifier that judged the samples.",
            .decimals = 4,
            .compared = false}},
      .pictures = {{"samples", "Drawn from the prior"}}};
};

const BakeoffTaskEntry samples_entry(30, [] { return std::make_unique<SamplesTask>(); });

}  // namespace
}  // namespace latent::bakeoff
