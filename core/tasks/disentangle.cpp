#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "latent/error.h"
#include "tasks/disentanglement.h"
#include "tasks/network_pass.h"
#include "tasks/registry.h"

namespace latent::tasks {
namespace {

constexpr std::size_t kTurnedNumbers = 6;
constexpr double kTurn = 2.0;                  // deviations
constexpr std::int64_t kDeviationRows = 1000;  // that the deviations are taken from
constexpr std::size_t kFewestPictures = 100;

/// Whether each number of the code stands for one of the factors that the pictures were made from:
/// the four scores of `tasks/disentanglement.h`, on the posterior means.
class Disentangle : public Task {
 public:
  const TaskInfo& info() const override { return info_; }

  std::string why_not(const FrozenModel& model, const Dataset& data) const override {
    if (const std::string missing = needs_an_encoder(model); !missing.empty()) return missing;
    if (data.factors.names.empty()) {
      return "The factors that these pictures were made from are not known; those of Glyphs, which "
             "the program draws itself, are.";
    }
    if (data.size() < static_cast<std::int64_t>(kFewestPictures)) {
      return "The scores need at least " + std::to_string(kFewestPictures) +
             " pictures; there are " + std::to_string(data.size()) + ".";
    }
    if (model.latent_dim() < 2) {
      return "The code is a single number: there is nothing to tell apart.";
    }
    return {};
  }

  TaskPictures show(const TaskSubject& subject, const Dataset& data,
                    std::span<const std::int64_t> rows, const TaskSettings&) const override {
    const FrozenModel& model = *subject.model;
    const ChosenPictures chosen(data, rows);
    const std::vector<float> codes = encode(model, chosen).mean;
    TaskPictures pictures;
    pictures.rows = {{"picture", to_floats(chosen.images), {}},
                     {"reconstruction", decode(model, codes, chosen.labels), {}}};
    std::vector<std::int64_t> some(static_cast<std::size_t>(std::min(kDeviationRows, data.size())));
    std::iota(some.begin(), some.end(), std::int64_t{0});
    const auto length = static_cast<std::size_t>(model.latent_dim());
    std::vector<Spread> spread(length);
    const std::vector<float> known = encode(model, ChosenPictures(data, some)).mean;
    for (std::size_t i = 0; i < known.size(); ++i) {
      spread[i % length].add(static_cast<double>(known[i]));
    }
    std::vector<std::size_t> order(length);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return spread[a].deviation() > spread[b].deviation();
    });
    order.resize(std::min(length, kTurnedNumbers));
    for (const std::size_t j : order) {
      std::vector<float> turned = codes;
      for (std::size_t at = j; at < turned.size(); at += length) {
        turned[at] += static_cast<float>(kTurn * spread[j].deviation());
      }
      pictures.rows.push_back({std::string("z").append(std::to_string(j + 1)).append(" turned up"),
                               decode(model, turned, chosen.labels),
                               {}});
    }
    pictures.remark =
        "Each lower row: one number of the code turned up by two standard deviations, those of " +
        std::to_string(some.size()) + " pictures.";
    if (length > kTurnedNumbers) {
      pictures.remark += " Of " + std::to_string(length) + " numbers the " +
                         std::to_string(kTurnedNumbers) +
                         " that differ most from picture to picture.";
    }
    return pictures;
  }

  TaskResult measure(const TaskSubject& subject, const Dataset& data, const TaskSettings& settings,
                     const ProgressFunction& progress, const std::stop_token& stop) const override {
    std::vector<float> codes;
    const PassPlan plan{progress, stop};
    for_each_part(data, plan, [&](std::int64_t, const Pictures& part) {
      const std::vector<float> of_part = encode(*subject.model, part).mean;
      codes.insert(codes.end(), of_part.begin(), of_part.end());
    });
    const auto length = static_cast<std::size_t>(subject.model->latent_dim());
    const FactorTable factors(data.factors);
    const auto total = static_cast<std::int64_t>(factors.columns.size()) + 1;
    std::int64_t done = 0;
    const auto between = [&] {
      if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "Cancelled.");
      if (progress) progress(++done, total, "Comparing codes with factors");
    };
    const double mig =
        mutual_information_gap(codes, length, factors, static_cast<int>(settings.parameter));
    const double sap = separated_predictability(codes, length, factors);
    const double votes = factor_vae_score(codes, length, factors, settings.seed);
    between();
    const DciScores dci = dci_scores(codes, length, factors, settings.seed, between);
    TaskResult result;
    result.images = data.size();
    result.figures = {
        figure("mig", "MIG: mutual information gap", "", mig, 3),
        figure("sap", "SAP: separated attribute predictability", "", sap, 3),
        figure("factor_vae", "FactorVAE score: votes foretold", "", votes, 3),
        figure("dci_disentanglement", "DCI: each number for one factor", "", dci.disentanglement,
               3),
        figure("dci_completeness", "DCI: each factor in one number", "", dci.completeness, 3),
        figure("dci_informativeness", "DCI: factors foretold", "", dci.informativeness, 3)};
    result.remark =
        "1 is a code whose numbers are the factors themselves; a vote by chance is right " +
        fixed(1.0 / static_cast<double>(factors.columns.size()), 2) +
        " of the time. DCI by random forests; SAP by R², for a class by the variance between "
        "classes; factors that are no class in ten levels of equally many pictures.";
    for (std::size_t f = 0; f < factors.columns.size(); ++f) {
      const auto row = dci.importance.begin() + static_cast<std::ptrdiff_t>(f * length);
      const auto best = std::max_element(row, row + static_cast<std::ptrdiff_t>(length));
      result.figures.push_back(figure("importance_" + std::to_string(f),
                                      "Share of z" + std::to_string(best - row + 1) +
                                          " in what tells “" + data.factors.names[f] + "”",
                                      "", *best, 3));
    }
    return result;
  }

 private:
  TaskInfo info_{
      .id = "disentangle",
      .title = "Disentanglement",
      .explanation =
          "Scores whether each number of the code stands for one of the factors that the "
          "pictures were made from.",
      .method =
          "MIG (Chen et al. 2018), SAP (Kumar et al. 2018), the FactorVAE score (Kim & Mnih "
          "2018) and DCI (Eastwood & Williams 2018, here with random forests).",
      .parameter = {.id = "bins",
                    .title = "Steps of a number for MIG",
                    .help = "Into how many steps of equal width each number of the code is cut "
                            "before its mutual information is counted. Higher: finer, and more "
                            "information found by chance.",
                    .kind = Hyperparameter::Kind::Integer,
                    .initial = 20,
                    .minimum = 5,
                    .maximum = 50}};
};

const TaskEntry disentangle_entry(60, std::make_unique<Disentangle>());

}  // namespace
}  // namespace latent::tasks
