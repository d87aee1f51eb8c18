#include <algorithm>
#include <cmath>
#include <utility>

#include "latent/error.h"
#include "tasks/network_pass.h"
#include "tasks/registry.h"

namespace latent::tasks {
namespace {

constexpr int kShownFills = 3;
constexpr float kBrightestFill = 2.0F;  // a deviation of ½, the largest there is, is white
constexpr double kNearestToCertain = 1e-6;

/// Which values of a picture [C, H, W] are hidden.
std::vector<std::size_t> hidden_values(const std::vector<std::uint8_t>& mask,
                                       const ImageShape& shape) {
  std::vector<std::size_t> places;
  for (std::size_t channel = 0; channel < static_cast<std::size_t>(shape.channels); ++channel) {
    for (std::size_t i = 0; i < mask.size(); ++i) {
      if (mask[i] != 0) places.push_back(channel * mask.size() + i);
    }
  }
  return places;
}

std::vector<float> mean_picture(const Dataset& data) {
  const auto pixels = static_cast<std::size_t>(data.shape.pixels());
  std::vector<double> sum(pixels);
  for (std::size_t i = 0; i < data.images.size(); ++i) sum[i % pixels] += data.images[i];
  std::vector<float> mean(pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    mean[i] = static_cast<float>(sum[i] / (255.0 * static_cast<double>(data.size())));
  }
  return mean;
}

/// Pictures of which some values are hidden, and what stands there for now.
class Filling {
 public:
  /// The hidden values begin as the mean picture's.
  Filling(const FrozenModel& model, const Pictures& pictures,
          const std::vector<std::size_t>& hidden, const std::vector<float>& mean)
      : model_(model),
        labels_(pictures.labels),
        hidden_(hidden),
        pixels_(mean.size()),
        filled_(pictures.images.begin(), pictures.images.end()) {
    std::vector<float> start;
    for (std::size_t i = 0; i < size(); ++i) start.insert(start.end(), mean.begin(), mean.end());
    put(to_bytes(start));
  }

  std::size_t size() const { return labels_.size(); }
  const std::vector<std::uint8_t>& filled() const { return filled_; }

  /// Once through the network, and the hidden values replaced by what comes out.
  void rebuild_once() { put(to_bytes(rebuild(model_, {filled_, labels_}))); }

  /// One step of Metropolis-within-Gibbs towards p(x_hidden, z | x_seen): a code is proposed from
  /// q(z|x) and taken or refused, then the hidden pixels are drawn from p(x|z). Refusing nothing is
  /// the pseudo-Gibbs sampler (Rezende et al. 2014, appendix F), which begins the chain. Mattei &
  /// Frellsen 2018, algorithm 1, https://arxiv.org/abs/1802.04826. Bernoulli pixels.
  void sample_once(Draws& draws, bool corrected) {
    const Codes posterior = encode(model_, {filled_, labels_});
    const std::vector<float> proposed = draw_codes(posterior, draws);
    const std::vector<float> proposed_prior = model_.log_prior(proposed);
    const std::vector<float> proposed_pixels = decode(model_, proposed, labels_);
    const bool first = code_.empty();
    if (first) {
      code_ = proposed;
      prior_ = proposed_prior;
      decoded_ = proposed_pixels;
    }
    const std::size_t length = proposed.size() / size();
    for (std::size_t i = 0; i < size() && !first; ++i) {
      if (corrected) {
        const double gain = log_weight(i, proposed, proposed_prior, proposed_pixels, posterior) -
                            log_weight(i, code_, prior_, decoded_, posterior);
        ++proposals_;
        if (std::log(1.0 - draws.uniform()) >= gain) continue;
        ++accepted_;
      }
      std::copy_n(proposed.begin() + static_cast<std::ptrdiff_t>(i * length), length,
                  code_.begin() + static_cast<std::ptrdiff_t>(i * length));
      std::copy_n(proposed_pixels.begin() + static_cast<std::ptrdiff_t>(i * pixels_), pixels_,
                  decoded_.begin() + static_cast<std::ptrdiff_t>(i * pixels_));
      prior_[i] = proposed_prior[i];
    }
    for (std::size_t i = 0; i < size(); ++i) {
      for (const std::size_t place : hidden_) {
        const std::size_t at = i * pixels_ + place;
        filled_[at] = draws.uniform() < static_cast<double>(decoded_[at]) ? 255 : 0;
      }
    }
  }

  /// What the present codes decode to, [n, C, H, W]; after `sample_once`.
  const std::vector<float>& decoded() const { return decoded_; }
  std::int64_t proposals() const { return proposals_; }
  std::int64_t accepted() const { return accepted_; }

 private:
  void put(const std::vector<std::uint8_t>& values) {
    for (std::size_t i = 0; i < size(); ++i) {
      for (const std::size_t place : hidden_) {
        filled_[i * pixels_ + place] = values[i * pixels_ + place];
      }
    }
  }

  /// log p(x|z) + log p(z) − log q(z|x) of picture i, up to what is the same for every z.
  double log_weight(std::size_t i, const std::vector<float>& codes, const std::vector<float>& prior,
                    const std::vector<float>& decoded, const Codes& posterior) const {
    double sum = prior[i];
    for (std::size_t at = i * pixels_; at < (i + 1) * pixels_; ++at) {
      const double light =
          std::clamp(static_cast<double>(decoded[at]), kNearestToCertain, 1.0 - kNearestToCertain);
      const double x = filled_[at] / 255.0;
      if (x > 0.0) sum += x * std::log(light);
      if (x < 1.0) sum += (1.0 - x) * std::log1p(-light);
    }
    const std::size_t length = codes.size() / size();
    for (std::size_t j = i * length; j < (i + 1) * length; ++j) {
      const double log_var = posterior.log_var[j];
      const double away = static_cast<double>(codes[j]) - static_cast<double>(posterior.mean[j]);
      sum += 0.5 * (log_var + away * away * std::exp(-log_var));
    }
    return sum;
  }

  const FrozenModel& model_;
  std::span<const std::int32_t> labels_;
  const std::vector<std::size_t>& hidden_;
  std::size_t pixels_;
  std::vector<std::uint8_t> filled_;
  std::vector<float> code_;     // [n, L]
  std::vector<float> prior_;    // [n]
  std::vector<float> decoded_;  // [n, C, H, W]
  std::int64_t proposals_ = 0;
  std::int64_t accepted_ = 0;
};

/// A fill-in's steps: the first quarter starts the chain, from the second half on it is averaged.
bool is_corrected(int step, int steps) {
  return step >= steps / 4;
}
bool is_averaged(int step, int steps) {
  return step >= steps / 2;
}

/// Fills in what is hidden of a picture: by going through the network again and again with the seen
/// pixels held (Rezende et al. 2014, appendix F, with means), and where q(z|x) is a whole posterior
/// over Bernoulli pixels also by sampling what is hidden given what is seen.
class Inpaint : public Task {
 public:
  const TaskInfo& info() const override { return info_; }

  std::string why_not(const FrozenModel& model, const Dataset&) const override {
    return needs_an_encoder(model);
  }

  TaskPictures show(const TaskSubject& subject, const Dataset& data,
                    std::span<const std::int64_t> rows,
                    const TaskSettings& settings) const override {
    const ChosenPictures chosen(data, rows);
    const auto hidden = hidden_values(settings.hidden, data.shape);
    const auto mean = mean_picture(data);
    const auto pixels = mean.size();
    const int steps = static_cast<int>(settings.parameter);

    TaskPictures pictures;
    pictures.rows.push_back({"original", to_floats(chosen.images), {}});
    std::vector<float> seen = pictures.rows[0].pixels;
    for (std::size_t i = 0; i < chosen.labels.size(); ++i) {
      for (const std::size_t place : hidden) seen[i * pixels + place] = kHiddenGrey;
    }
    pictures.rows.push_back({"seen", seen, {}});
    Filling iterated(*subject.model, chosen, hidden, mean);
    for (int step = 0; step < steps; ++step) iterated.rebuild_once();
    pictures.rows.push_back({"filled in", to_floats(iterated.filled()), {}});
    if (!can_sample(subject, data)) {
      pictures.remark = why_not_sampled(subject);
      return pictures;
    }
    std::vector<Spread> spread(chosen.images.size());
    for (int fill = 0; fill < kShownFills; ++fill) {
      Draws draws(settings.seed + static_cast<std::uint64_t>(fill));
      Filling chain(*subject.model, chosen, hidden, mean);
      for (int step = 0; step < steps; ++step) {
        chain.sample_once(draws, is_corrected(step, steps));
        if (!is_averaged(step, steps)) continue;
        for (std::size_t i = 0; i < chosen.labels.size(); ++i) {
          for (const std::size_t place : hidden) {
            spread[i * pixels + place].add(
                static_cast<double>(chain.decoded()[i * pixels + place]));
          }
        }
      }
      TaskPictures::Row row{"sampled " + std::to_string(fill + 1), pictures.rows[0].pixels, {}};
      for (std::size_t i = 0; i < chosen.labels.size(); ++i) {
        for (const std::size_t place : hidden) {
          row.pixels[i * pixels + place] = chain.decoded()[i * pixels + place];
        }
      }
      pictures.rows.push_back(std::move(row));
    }
    TaskPictures::Row unsure{"spread", std::vector<float>(chosen.images.size()), {}};
    for (std::size_t i = 0; i < spread.size(); ++i) {
      unsure.pixels[i] = kBrightestFill * static_cast<float>(spread[i].deviation());
    }
    pictures.rows.push_back(std::move(unsure));
    pictures.remark =
        "Filled in: encoded and decoded again and again, the seen pixels held. Sampled: three of "
        "the pictures that what is seen leaves possible; their spread is white where it is ½.";
    return pictures;
  }

  TaskResult measure(const TaskSubject& subject, const Dataset& data, const TaskSettings& settings,
                     const ProgressFunction& progress, const std::stop_token& stop) const override {
    const auto hidden = hidden_values(settings.hidden, data.shape);
    if (hidden.empty()) {
      throw Error(ErrorCode::InvalidConfig, "No pixel is hidden: there is nothing to fill in.");
    }
    const auto mean = mean_picture(data);
    const int steps = static_cast<int>(settings.parameter);
    const bool samples = can_sample(subject, data);
    const auto count = static_cast<std::size_t>(steps) + 1;
    std::vector<Spread> iterated(count);
    std::vector<Spread> sampled(count);
    Spread averaged;
    std::int64_t proposals = 0;
    std::int64_t accepted = 0;
    Draws draws(settings.seed);
    const PassPlan plan{progress, stop};
    for_each_part(data, plan, [&](std::int64_t, const Pictures& part) {
      const std::vector<float> original = to_floats(part.images);
      Filling filling(*subject.model, part, hidden, mean);
      add_errors(original, to_floats(filling.filled()), hidden, mean.size(), iterated[0]);
      for (int step = 0; step < steps; ++step) {
        stop_filling_if_asked(stop);
        filling.rebuild_once();
        add_errors(original, to_floats(filling.filled()), hidden, mean.size(),
                   iterated[static_cast<std::size_t>(step) + 1]);
      }
      if (!samples) return;
      Filling chain(*subject.model, part, hidden, mean);
      std::vector<float> average(original.size());
      int averaged_steps = 0;
      for (int step = 0; step < steps; ++step) {
        stop_filling_if_asked(stop);
        chain.sample_once(draws, is_corrected(step, steps));
        add_errors(original, chain.decoded(), hidden, mean.size(),
                   sampled[static_cast<std::size_t>(step) + 1]);
        if (!is_averaged(step, steps)) continue;
        ++averaged_steps;
        for (std::size_t i = 0; i < average.size(); ++i) {
          average[i] += (chain.decoded()[i] - average[i]) / static_cast<float>(averaged_steps);
        }
      }
      add_errors(original, average, hidden, mean.size(), averaged);
      proposals += chain.proposals();
      accepted += chain.accepted();
    });

    TaskResult result;
    result.images = data.size();
    const std::string unit = "squared error per hidden pixel";
    result.figures = {
        figure("mean_picture_mse", "Error of the mean picture", unit, iterated[0], 4),
        figure("iterated_mse", "Error of encoding and decoding again", unit, iterated.back(), 4)};
    TaskCurve curve{.title = "Error against the steps",
                    .x_title = "steps",
                    .y_title = unit,
                    .logarithmic_x = false,
                    .lines = {{"mean picture",
                               {0.0, static_cast<double>(steps)},
                               {iterated[0].mean(), iterated[0].mean()}},
                              {"encoded and decoded again", {}, {}}}};
    for (std::size_t step = 0; step < count; ++step) {
      curve.lines[1].x.push_back(static_cast<double>(step));
      curve.lines[1].y.push_back(iterated[step].mean());
    }
    result.remark =
        "The mean picture, where the filling starts, is of these pictures themselves: a baseline "
        "that has seen them.";
    if (samples) {
      TaskCurve::Line line{"one sampled fill", {}, {}};
      for (std::size_t step = 1; step < count; ++step) {
        line.x.push_back(static_cast<double>(step));
        line.y.push_back(sampled[step].mean());
      }
      curve.lines.push_back(std::move(line));
      result.figures.push_back(
          figure("sampled_mse", "Error of one sampled fill", unit, sampled.back(), 4));
      result.figures.push_back(
          figure("averaged_mse", "Error of the sampled fills' mean", unit, averaged, 4));
      if (proposals > 0) {
        result.figures.push_back(
            figure("acceptance", "Proposals that were taken", "share",
                   static_cast<double>(accepted) / static_cast<double>(proposals), 3));
      }
      result.remark +=
          " A sampled fill is one of several possible ones, so its error is larger than that of "
          "their mean, which is over the second half of the steps.";
    } else {
      result.remark += " " + why_not_sampled(subject);
    }
    result.curves = {std::move(curve)};
    return result;
  }

 private:
  static constexpr float kHiddenGrey = 0.35F;

  static void stop_filling_if_asked(const std::stop_token& stop) {
    if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "Cancelled.");
  }

  /// The sampler needs log p(x|z), log p(z) and log q(z|x) of any code.
  static bool can_sample(const TaskSubject& subject, const Dataset& data) {
    const FrozenModel& model = *subject.model;
    const std::vector<float> origin(static_cast<std::size_t>(model.latent_dim()));
    return model.info().gaussian_posterior &&
           subject.config.reconstruction_loss == ReconstructionLoss::BinaryCrossEntropy &&
           !model.log_prior(origin).empty() && data.size() > 0 &&
           !model.log_importance_weights(data.image(0), std::span(data.labels).first(1), 1, 1)
                .empty();
  }

  static std::string why_not_sampled(const TaskSubject& subject) {
    return subject.model->info().title +
           " is not sampled from: that takes a single Gaussian posterior and a cross-entropy over "
           "the pixels.";
  }

  static void add_errors(const std::vector<float>& original, const std::vector<float>& filled,
                         const std::vector<std::size_t>& hidden, std::size_t pixels, Spread& sum) {
    for (std::size_t first = 0; first < original.size(); first += pixels) {
      double error = 0.0;
      for (const std::size_t place : hidden) {
        const double difference = static_cast<double>(original[first + place]) -
                                  static_cast<double>(filled[first + place]);
        error += difference * difference;
      }
      sum.add(error / static_cast<double>(hidden.size()));
    }
  }

  TaskInfo info_{
      .id = "inpaint",
      .title = "Fill in",
      .explanation = "Fills in the hidden part of a picture so that it fits what is seen.",
      .method =
          "Encoded and decoded again and again while the seen pixels are held; a VAE is also "
          "sampled, given what is seen (Rezende et al. 2014, appendix F; corrected as Mattei "
          "& Frellsen 2018).",
      .parameter = {.id = "steps",
                    .title = "Steps",
                    .help = "How often the picture goes through the network. Higher: a fill that "
                            "fits better what is seen, up to a point, and more work.",
                    .kind = Hyperparameter::Kind::Integer,
                    .initial = 20,
                    .minimum = 1,
                    .maximum = 200,
                    .logarithmic = true},
      .hides_pixels = true};
};

const TaskEntry inpaint_entry(20, std::make_unique<Inpaint>());

}  // namespace
}  // namespace latent::tasks
