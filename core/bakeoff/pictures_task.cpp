#include <algorithm>
#include <filesystem>

#include "bakeoff/class_colours.h"
#include "bakeoff/task.h"
#include "latent/latent_space.h"
#include "latent/pictures.h"

namespace latent::bakeoff {
namespace {

/// The first test image of each class.
std::vector<std::int64_t> one_of_each_class(const Dataset& test) {
  std::vector<std::int64_t> rows;
  for (std::int32_t label = 0; label < static_cast<std::int32_t>(test.class_names.size());
       ++label) {
    const auto found = std::find(test.labels.begin(), test.labels.end(), label);
    if (found != test.labels.end()) rows.push_back(found - test.labels.begin());
  }
  for (std::int64_t row = 0; rows.size() < 10 && row < test.size(); ++row) {
    if (std::find(rows.begin(), rows.end(), row) == rows.end()) rows.push_back(row);
  }
  rows.resize(std::min<std::size_t>(rows.size(), 10));
  return rows;
}

/// Test digits over their reconstructions, a path between two test images of different classes, and
/// the map of all test codes.
class PicturesTask : public BakeoffTask {
 public:
  const BakeoffTaskInfo& info() const override { return info_; }
  bool takes(const Contender& contender) const override {
    return contender.is_first_seed() && contender.system().has_encoder;
  }
  bool is_done(const Contender& contender, const BakeoffResult& /*result*/) const override {
    return std::filesystem::exists(contender.picture("map"));  // the last that is drawn
  }

  void measure(Contender& contender, BakeoffResult& /*result*/) override {
    const FrozenModel& model = contender.model();
    const ImageShape shape = model.shape();
    const Dataset& test = *contender.data().test;
    const auto draw = [&](const std::string& kind, const Picture& picture) {
      write_png(contender.picture(kind), picture);
    };
    const auto rows = one_of_each_class(test);
    const auto shown = chosen_rows(test, rows);
    const Check check = [&] { contender.check(); };
    const LabelledCodes codes = encoded(model, *shown, check);
    std::vector<float> pairs;
    for (const std::uint8_t pixel : shown->images)
      pairs.push_back(static_cast<float>(pixel) / 255.0F);
    const std::vector<float> again = decoded(model, codes.mean, codes.labels);
    pairs.insert(pairs.end(), again.begin(), again.end());
    draw("reconstructions", tile_pictures(pairs, shape, static_cast<int>(rows.size())));

    const auto length = static_cast<std::size_t>(model.latent_dim());
    if (rows.size() >= 3) {
      constexpr int kSteps = 15;
      const std::span<const float> all{codes.mean};
      const std::vector<float> path =
          interpolate(all.first(length), all.subspan(length * (rows.size() / 2), length), kSteps,
                      PathKind::Linear);
      const std::vector<std::int32_t> told_class(kSteps, codes.labels.front());
      draw("path", tile_pictures(decoded(model, path, told_class), shape, kSteps));
    }
    const LabelledCodes everything = encoded(model, test, check);
    const Projection plane = length <= 2
                                 ? axis_projection(model.latent_dim(), 0, model.latent_dim() - 1)
                                 : fit_pca(everything.mean, model.latent_dim());
    std::vector<float> points(2 * everything.labels.size());
    plane.project(everything.mean, points);
    draw("map", class_map(points, everything.labels));
  }

 private:
  BakeoffTaskInfo info_{
      .id = "pictures",
      .title = "Pictures: for the report",
      .help =
          "Reconstructions, a path between two test images and the map of all test codes, of the "
          "first seed.",
      .columns = {},
      .pictures = {{"reconstructions", "Test images over reconstructions"},
                   {"path", "A path between two test images"},
                   {"map",
                    "Codes of the test set; of more than two dimensions the first two principal "
                    "components",
                    /*map=*/true}}};
};

const BakeoffTaskEntry pictures_entry(50, [] { return std::make_unique<PicturesTask>(); });

}  // namespace
}  // namespace latent::bakeoff
