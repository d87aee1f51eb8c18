#include <filesystem>

#include "bakeoff/class_colours.h"
#include "bakeoff/task.h"
#include "latent/error.h"
#include "latent/latent_space.h"
#include "latent/pictures.h"
#include "latent/umap.h"

namespace latent::bakeoff {
namespace {

constexpr int kStructureNeighbours = 15;

/// How the test codes lie: their map by UMAP (McInnes, Healy & Melville 2018), how far its
/// neighbours are the codes' own (Venna & Kaski 2001), and how far neighbours are of one class, in
/// the codes and in the map.
class StructureTask : public BakeoffTask {
 public:
  const BakeoffTaskInfo& info() const override { return info_; }

  bool is_done(const Contender& contender, const BakeoffResult& result) const override {
    return BakeoffTask::is_done(contender, result) &&
           (!contender.is_first_seed() || result.missing.count("umap_trustworthiness") != 0 ||
            std::filesystem::exists(contender.picture("umap")));
  }

  void measure(Contender& contender, BakeoffResult& result) override {
    if (!contender.system().has_encoder) {
      leave_out(result, contender.system().title + " has no encoder.");
      return;
    }
    const Dataset& test = *contender.data().test;
    if (test.size() <= std::int64_t{2} * kStructureNeighbours) {
      leave_out(result, "The map's figures take more than " +
                            std::to_string(2 * kStructureNeighbours) + " test images; there are " +
                            std::to_string(test.size()) + ".");
      return;
    }
    const FrozenModel& model = contender.model();
    contender.tell("UMAP of the test codes");
    const LabelledCodes codes = encoded(model, test, [&] { contender.check(); });
    const Interrupted interrupted = [&] { return contender.stop().stop_requested(); };
    const int threads = contender.config().training.threads;
    try {
      Umap umap({.neighbours = kStructureNeighbours, .seed = result.seed, .threads = threads});
      umap.set_codes(codes.mean, model.latent_dim(), interrupted);
      umap.step(umap.epochs(), interrupted);
      const std::vector<float> plane(umap.positions().begin(), umap.positions().end());
      if (contender.is_first_seed()) {
        write_png(contender.picture("umap"), class_map(plane, codes.labels));
      }
      result.figures["umap_trustworthiness"] = trustworthiness(
          codes.mean, model.latent_dim(), plane, 2, kStructureNeighbours, threads, interrupted);
      if (class_count(contender.data()) < 2) {
        for (const char* figure : {"codes_knn_accuracy", "umap_knn_accuracy"}) {
          result.missing[figure] = "The data set has fewer than two classes.";
        }
        return;
      }
      result.figures["codes_knn_accuracy"] = knn_accuracy(
          codes.mean, model.latent_dim(), codes.labels, kStructureNeighbours, threads, interrupted);
      result.figures["umap_knn_accuracy"] =
          knn_accuracy(plane, 2, codes.labels, kStructureNeighbours, threads, interrupted);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::InvalidConfig) throw;
      leave_out(result, error.what());  // codes that are not finite
    }
  }

 private:
  BakeoffTaskInfo info_{
      .id = "structure",
      .title = "Structure: UMAP",
      .help =
          "A map of the test codes by UMAP, how true it is to them, and how well neighbours "
          "tell the class.",
      .columns =
          {{.id = "umap_trustworthiness",
            .title = "UMAP trust",
            .unit = "15 nearest",
            .help = "Trustworthiness of the UMAP of the test codes: the share of the 15 nearest in "
                    "the map that are near among the codes too. 1 is best, about 0.5 a random map.",
            .higher_is_better = true,
            .decimals = 3,
            .compared = false},
           {.id = "codes_knn_accuracy",
            .title = "kNN, codes",
            .unit = "15 nearest",
            .help = "Share of the test images whose class is that of most of their 15 nearest test "
                    "codes.",
            .higher_is_better = true,
            .decimals = 4},
           {.id = "umap_knn_accuracy",
            .title = "kNN, UMAP",
            .unit = "15 nearest",
            .help = "The same with the 15 nearest in the UMAP of the codes.",
            .higher_is_better = true,
            .decimals = 4}},
      .pictures = {{"umap", "Codes of the test set by UMAP, 15 neighbours", /*map=*/true}}};
};

const BakeoffTaskEntry structure_entry(40, [] { return std::make_unique<StructureTask>(); });

}  // namespace
}  // namespace latent::bakeoff
