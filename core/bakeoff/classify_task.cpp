#include <algorithm>

#include "bakeoff/task.h"

namespace latent::bakeoff {
namespace {

constexpr const char* kErrorTerm = "error";

/// How often a system that classifies, as M2 does, is wrong on the test set.
class ClassifyTask : public BakeoffTask {
 public:
  const BakeoffTaskInfo& info() const override { return info_; }

  void measure(Contender& contender, BakeoffResult& result) override {
    const auto& terms = contender.system().loss_terms;
    const auto error = std::find_if(terms.begin(), terms.end(),
                                    [](const LossTerm& term) { return term.id == kErrorTerm; });
    if (error == terms.end()) {
      leave_out(result, contender.system().title + " has no classifier of its own.");
      return;
    }
    const Evaluation evaluation =
        contender.engine().evaluate(contender.model(), *contender.data().test, contender.seed());
    result.figures["own_error"] = evaluation.terms[static_cast<std::size_t>(error - terms.begin())];
  }

 private:
  BakeoffTaskInfo info_{
      .id = "classify",
      .title = "Own classifier",
      .help = "How often a system that learns to classify is wrong.",
      .columns = {{.id = "own_error",
                   .title = "Own classifier wrong",
                   .unit = "%",
                   .help = "Share of the test images that the system's own classifier gives "
                           "another class."}},
      .pictures = {}};
};

const BakeoffTaskEntry classify_entry(15, [] { return std::make_unique<ClassifyTask>(); });

}  // namespace
}  // namespace latent::bakeoff
