#include <memory>
#include <string>

#include "bakeoff/task.h"

namespace latent::bakeoff {
namespace {

constexpr int kDisentangleBins = 20;

/// How far each number of the code is one factor of the pictures, where the factors are known.
class DisentangleTask : public BakeoffTask {
 public:
  const BakeoffTaskInfo& info() const override { return info_; }

  void measure(Contender& contender, BakeoffResult& result) override {
    const auto measured = put_to_use(contender, result, "disentangle", kDisentangleBins);
    if (!measured) return;
    for (const TaskFigure& figure : measured->figures) {
      for (const BakeoffColumn& column : info_.columns) {
        if (column.id == figure.id) result.figures[figure.id] = figure.mean;
      }
    }
  }

 private:
  static BakeoffColumn score(const char* id, const char* title, const char* help) {
    return {.id = id,
            .title = title,
            .unit = "",
            .help = help,
            .higher_is_better = true,
            .decimals = 3};
  }

  BakeoffTaskInfo info_{
      .id = "disentangle",
      .title = "Disentangled factors",
      .help =
          "Whether each number of the code stands for one factor of the pictures, where the "
          "factors are known: those of Glyphs are.",
      .columns = {score("mig", "MIG", "Mutual information gap (Chen et al. 2018); 1 is best."),
                  score("sap", "SAP",
                        "Separated attribute predictability (Kumar et al. 2017); 1 is best."),
                  score("factor_vae", "FactorVAE score",
                        "Votes on which factor was held fixed (Kim & Mnih 2018); 1 is best."),
                  score("dci_disentanglement", "DCI",
                        "Each number for one factor (Eastwood & Williams 2018); 1 is best.")},
      .pictures = {}};
};

const BakeoffTaskEntry disentangle_entry(58, [] { return std::make_unique<DisentangleTask>(); });

}  // namespace
}  // namespace latent::bakeoff
