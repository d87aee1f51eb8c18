#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "latent/tasks.h"

/// A network made of plain functions of one picture, so that a task's figures can be foretold.
namespace latent::test {

struct FunctionModel : FrozenModel {
  explicit FunctionModel(ImageShape picture_shape, int code_length)
      : picture(picture_shape), length(code_length) {
    model.id = "functions";
    model.title = "Functions";
  }

  const ModelInfo& info() const override { return model; }
  ImageShape shape() const override { return picture; }
  int latent_dim() const override { return length; }
  CodeLevels code_levels() const override { return levels; }

  void encode(std::span<const std::uint8_t> images, std::span<const std::int32_t>,
              std::span<float> mean, std::span<float> log_var) const override {
    const auto pixels = static_cast<std::size_t>(picture.pixels());
    const auto dims = static_cast<std::size_t>(length);
    for (std::size_t i = 0; i * pixels < images.size(); ++i) {
      std::vector<float> x;
      for (const std::uint8_t byte : images.subspan(i * pixels, pixels)) {
        x.push_back(static_cast<float>(byte) / 255.0F);
      }
      const std::vector<float> code = to_code(x);
      std::copy(code.begin(), code.end(), mean.begin() + static_cast<std::ptrdiff_t>(i * dims));
    }
    std::fill(log_var.begin(), log_var.end(), posterior_log_var);
  }
  void decode(std::span<const float> codes, std::span<const std::int32_t>,
              std::span<float> out) const override {
    const auto pixels = static_cast<std::size_t>(picture.pixels());
    const auto dims = static_cast<std::size_t>(length);
    for (std::size_t i = 0; i * dims < codes.size(); ++i) {
      const auto code = codes.subspan(i * dims, dims);
      const std::vector<float> x = to_picture({code.begin(), code.end()});
      std::copy(x.begin(), x.end(), out.begin() + static_cast<std::ptrdiff_t>(i * pixels));
    }
  }
  void reconstruction_error(std::span<const std::uint8_t>, std::span<const std::int32_t>,
                            std::span<float> nats) const override {
    std::fill(nats.begin(), nats.end(), 0.0F);
  }
  std::vector<float> sample_prior(std::int64_t, std::uint64_t) const override { return {}; }
  std::vector<float> log_prior(std::span<const float> codes) const override {
    return prior ? prior(codes) : std::vector<float>{};
  }
  std::vector<float> log_importance_weights(std::span<const std::uint8_t> images,
                                            std::span<const std::int32_t>, int samples,
                                            std::uint64_t seed) const override {
    return weights ? weights(images, samples, seed) : std::vector<float>{};
  }

  using Map = std::function<std::vector<float>(const std::vector<float>&)>;
  ModelInfo model;
  ImageShape picture;
  int length;
  CodeLevels levels;
  float posterior_log_var = 0.0F;
  Map to_code = [](const std::vector<float>& x) { return x; };
  Map to_picture = [](const std::vector<float>& z) { return z; };
  std::function<std::vector<float>(std::span<const float>)> prior;
  std::function<std::vector<float>(std::span<const std::uint8_t>, int, std::uint64_t)> weights;
};

/// N(0, I) over codes [n, L].
inline std::function<std::vector<float>(std::span<const float>)> standard_normal(int length) {
  return [length](std::span<const float> codes) {
    std::vector<float> nats(codes.size() / static_cast<std::size_t>(length));
    for (std::size_t i = 0; i < codes.size(); ++i) {
      nats[i / static_cast<std::size_t>(length)] -= 0.5F * (codes[i] * codes[i] + 1.837877F);
    }
    return nats;
  };
}

/// Pictures [n, C, H, W] as given, without labels.
inline Dataset pictures_of(ImageShape shape, std::vector<std::uint8_t> images) {
  Dataset data;
  data.shape = shape;
  data.labels.assign(images.size() / static_cast<std::size_t>(shape.pixels()), -1);
  data.images = std::move(images);
  return data;
}

inline double figure_of(const TaskResult& result, const std::string& id) {
  for (const TaskFigure& figure : result.figures) {
    if (figure.id == id) return figure.mean;
  }
  throw std::runtime_error("no figure " + id);
}

inline TaskResult measured(const std::string& task, std::shared_ptr<const FrozenModel> model,
                           const Dataset& data, const TaskSettings& settings,
                           TrainingConfig config = {}) {
  return find_task(task).measure({std::move(model), std::move(config)}, data, settings, {}, {});
}

}  // namespace latent::test
