#include <cmath>

#include "function_model.h"
#include "latent/classifier.h"
#include "latent/engine.h"
#include "latent/error.h"
#include "support/catch.h"
#include "support/synthetic_data.h"

using namespace latent;
using namespace latent::test;

namespace {

/// Says that a class is the image's own with so many labels, and 0 with fewer.
class LabelCounter : public Classifier {
 public:
  LabelCounter(const Dataset& test, bool right) : m_test(test), m_right(right) {}
  ImageShape shape() const override { return m_test.shape; }
  int classes() const override { return static_cast<int>(m_test.class_names.size()); }
  void classify(std::span<const std::uint8_t>, std::span<float> probabilities) const override {
    std::fill(probabilities.begin(), probabilities.end(), 0.0F);
    const auto k = static_cast<std::size_t>(classes());
    for (std::size_t i = 0; i * k < probabilities.size(); ++i) {
      const auto label = static_cast<std::size_t>(m_test.labels[i]);
      probabilities[i * k + (m_right ? label : (label + 1) % k)] = 1.0F;
    }
  }

 private:
  const Dataset& m_test;
  bool m_right;
};

/// An engine that only trains classifiers: fine-tuned ones are right from 100 labels on, others
/// from 300 on. It writes down what it was asked for.
class TuningEngine : public Engine {
 public:
  explicit TuningEngine(const Dataset& test) : m_test(test) {}

  std::unique_ptr<Classifier> train_on_encoder(const FrozenModel&, const Dataset&,
                                               const FineTuning& how,
                                               const std::stop_token&) const override {
    asked.push_back(how);
    return std::make_unique<LabelCounter>(m_test,
                                          how.rows.size() >= (how.pretrained ? 100U : 300U));
  }
  mutable std::vector<FineTuning> asked;

  [[noreturn]] static void unasked() { throw std::logic_error("not asked for"); }
  const std::vector<ModelInfo>& models() const override { unasked(); }
  const ModelInfo& model(const std::string&) const override { unasked(); }
  std::unique_ptr<Session> make_session(const TrainingConfig&, DataSplit,
                                        SessionOptions) const override {
    unasked();
  }
  std::unique_ptr<Session> open_session(const std::filesystem::path&, DataSplit,
                                        SessionOptions) const override {
    unasked();
  }
  RunFileInfo read_run_info(const std::filesystem::path&) const override { unasked(); }
  std::shared_ptr<const FrozenModel> load_model(const std::filesystem::path&) const override {
    unasked();
  }
  std::shared_ptr<const Snapshot> load_snapshot(const std::filesystem::path&,
                                                const DataSplit&) const override {
    unasked();
  }
  Replay replay(const std::filesystem::path&, DataSplit, const ReplayOptions&) const override {
    unasked();
  }
  Evaluation evaluate(const FrozenModel&, const Dataset&, std::uint64_t) const override {
    unasked();
  }
  std::unique_ptr<Classifier> train_classifier(const DataSplit&, std::uint64_t,
                                               const std::stop_token&) const override {
    unasked();
  }
  void write_torch_script(const FrozenModel&, NetworkHalf,
                          const std::filesystem::path&) const override {
    unasked();
  }
  void set_thread_count(int) const override { unasked(); }
  std::vector<DoctorFinding> doctor() const override { unasked(); }
  std::vector<std::pair<std::string, std::string>> versions() const override { unasked(); }

 private:
  const Dataset& m_test;
};

struct Pretraining {
  std::shared_ptr<const Dataset> training = bars(400, {1, 4, 4}, 1);
  std::shared_ptr<const Dataset> testing = bars(50, {1, 4, 4}, 2);
  std::shared_ptr<FunctionModel> model = std::make_shared<FunctionModel>(ImageShape{1, 4, 4}, 16);
  TuningEngine engine{*testing};

  TaskResult measured(double labels, std::uint64_t seed = 1) {
    return find_task("pretrain")
        .measure({model, {}, &engine, training}, *testing, {.parameter = labels, .seed = seed}, {},
                 {});
  }
};

}  // namespace

TEST_CASE("pre-training shows one curve for each beginning, over the same labelled images",
          "[tasks]") {
  Pretraining pretraining;
  const TaskResult result = pretraining.measured(350);
  REQUIRE(result.curves.size() == 1);
  REQUIRE(result.curves[0].lines.size() == 2);
  const std::vector<double> counts = {100, 300, 350};
  CHECK(result.curves[0].lines[0].x == counts);
  CHECK(result.curves[0].lines[0].y == std::vector<double>{1, 1, 1});
  CHECK(result.curves[0].lines[1].x == counts);
  CHECK(result.curves[0].lines[1].y == std::vector<double>{0, 1, 1});
  CHECK(figure_of(result, "fine_tuned_100") == 1.0);
  CHECK(figure_of(result, "from_scratch_100") == 0.0);
  CHECK(figure_of(result, "from_scratch_350") == 1.0);

  const auto& asked = pretraining.engine.asked;
  REQUIRE(asked.size() == 6);
  for (std::size_t i = 0; i < asked.size(); i += 2) {
    CHECK(asked[i].pretrained);
    CHECK_FALSE(asked[i + 1].pretrained);
    CHECK(asked[i].rows == asked[i + 1].rows);
    CHECK(asked[i].seed == asked[i + 1].seed);
    // As many of each class as can be, and fewer labels are among the more.
    std::vector<int> of_class(4);
    for (const std::int64_t row : asked[i].rows) {
      ++of_class[std::size_t(pretraining.training->labels[std::size_t(row)])];
    }
    if (asked[i].rows.size() == 100) CHECK(of_class == std::vector<int>{25, 25, 25, 25});
    CHECK(std::equal(asked[0].rows.begin(), asked[0].rows.end(), asked[i].rows.begin()));
  }
}

TEST_CASE("the seed says which images have labels, and no more are asked for than there are",
          "[tasks]") {
  Pretraining pretraining;
  const TaskResult result = pretraining.measured(100'000);
  CHECK(result.curves[0].lines[0].x == std::vector<double>{100, 300, 400});
  CHECK_THAT(result.remark, ContainsSubstring("400 labelled images"));
  pretraining.measured(100, 1);
  pretraining.measured(100, 2);
  const auto& asked = pretraining.engine.asked;
  REQUIRE(asked.size() == 10);
  CHECK(asked[6].rows == asked[0].rows);
  CHECK(asked[8].rows != asked[0].rows);
}

TEST_CASE("pre-training says in a sentence where it makes no sense", "[tasks]") {
  Pretraining pretraining;
  const Task& task = find_task("pretrain");
  CHECK(task.why_not(*pretraining.model, *pretraining.testing).empty());
  const auto reason = [&](auto change) {
    FunctionModel other = *pretraining.model;
    change(other.model);
    return task.why_not(other, *pretraining.testing);
  };
  CHECK_THAT(reason([](ModelInfo& info) { info.has_encoder = false; }),
             ContainsSubstring("no encoder"));
  CHECK_THAT(reason([](ModelInfo& info) { info.conditional = true; }),
             ContainsSubstring("told the class"));
  CHECK_THAT(reason([](ModelInfo& info) { info.gradient_trained = false; }),
             ContainsSubstring("no network to fine-tune"));
  Dataset unnamed = *pretraining.testing;
  unnamed.class_names.clear();
  CHECK_THAT(task.why_not(*pretraining.model, unnamed), ContainsSubstring("two classes"));

  CHECK_THROWS_WITH(task.measure({pretraining.model, {}, &pretraining.engine, pretraining.testing},
                                 *pretraining.testing, {.parameter = 100}, {}, {}),
                    ContainsSubstring("another"));
  CHECK_THROWS_WITH(
      task.measure({pretraining.model, {}}, *pretraining.testing, {.parameter = 100}, {}, {}),
      ContainsSubstring("training part"));
  auto unlabelled = std::make_shared<Dataset>(*pretraining.training);
  std::fill(unlabelled->labels.begin(), unlabelled->labels.end(), -1);
  CHECK_THROWS_WITH(task.measure({pretraining.model, {}, &pretraining.engine, unlabelled},
                                 *pretraining.testing, {.parameter = 100}, {}, {}),
                    ContainsSubstring("there are 0 labelled"));
}
