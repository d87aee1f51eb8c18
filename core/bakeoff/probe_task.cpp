#include <algorithm>
#include <random>

#include "bakeoff/task.h"
#include "latent/probe.h"

namespace latent::bakeoff {
namespace {

/// A linear classifier on the frozen codes of few labelled training images, drawn by the seed.
class ProbeTask : public BakeoffTask {
 public:
  const BakeoffTaskInfo& info() const override { return info_; }

  void measure(Contender& contender, BakeoffResult& result) override {
    const DataSplit& data = contender.data();
    if (class_count(data) < 2) {
      leave_out(result, "The data set has fewer than two classes.");
      return;
    }
    if (!contender.system().has_encoder) {
      leave_out(result, contender.system().title + " has no encoder.");
      return;
    }
    const FrozenModel& model = contender.model();
    const Check check = [&] { contender.check(); };
    std::vector<std::int64_t> rows = labelled_rows(*data.train);
    std::mt19937_64 random{result.seed};
    std::shuffle(rows.begin(), rows.end(), random);
    rows.resize(std::min(rows.size(), static_cast<std::size_t>(contender.config().probe_images)));
    result.figures["probe_accuracy"] =
        probe_accuracy(encoded(model, *chosen_rows(*data.train, rows), check),
                       encoded(model, *data.validation, check), encoded(model, *data.test, check),
                       model.latent_dim(), class_count(data), random());
  }

 private:
  BakeoffTaskInfo info_{
      .id = "probe",
      .title = "Probe: few labels",
      .help = "A linear classifier on the frozen codes of 550 labelled pictures.",
      .columns = {{.id = "probe_accuracy",
                   .title = "Probe",
                   .unit = "",
                   .help = "Test accuracy of a linear layer on the frozen codes of few labelled "
                           "images.",
                   .higher_is_better = true,
                   .decimals = 4}},
      .pictures = {}};
};

const BakeoffTaskEntry probe_entry(10, [] { return std::make_unique<ProbeTask>(); });

}  // namespace
}  // namespace latent::bakeoff
