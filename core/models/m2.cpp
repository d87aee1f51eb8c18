#include <algorithm>
#include <cmath>
#include <utility>

#include "latent/error.h"
#include "models/registry.h"
#include "nn/densities.h"
#include "nn/losses.h"

namespace latent::models {
namespace {

constexpr int kLabelCounts[] = {100, 600, 1000, 3000};
constexpr std::int64_t kNone = -1;
constexpr std::int64_t kLabelPart = 2000;
constexpr double kPercent = 100.0;

/// Labels of all rows, read in parts.
Tensor all_labels(const TrainingData& data, const at::Generator& generator) {
  std::vector<Tensor> parts;
  for (std::int64_t first = 0; first < data.size(); first += kLabelPart) {
    const std::int64_t last = std::min(first + kLabelPart, data.size());
    parts.push_back(data.rows(torch::arange(first, last, torch::kInt64), generator).labels);
  }
  return torch::cat(parts);
}

/// M2, the semi-supervised VAE: p(y) uniform over K classes, p(z) = N(0, I), p(x|y, z), and a
/// classifier q(y|x) beside q(z|x, y). With L(x, y) = −log p(x|y, z) + KL(q(z|x, y) ‖ p(z)) + log K
/// the loss of an image is L(x, y) where its label is known, Σ_y q(y|x)·(L(x, y) + log q(y|x))
/// where it is not; the classifier also learns from the known ones, α·E[−log q(y|x)].
/// Kingma et al. 2014, Eq. 6-9, https://arxiv.org/abs/1406.5298
///
/// Only the labels of the images chosen by `initialize` are known, as many of each class; no other
/// label of the training part is looked at again. N images, K classes, M known labels.
class SemiSupervisedVae final : public GaussianAutoencoder {
 public:
  explicit SemiSupervisedVae(const ModelContext& context)
      : GaussianAutoencoder(context),
        classifier_(register_module(
            "classifier",
            nn::make_encoder(context.config, context.shape, context.classes, context.build()))) {
    const std::int64_t each = std::max(1, kLabelCounts[choice("labels")] / context.classes);
    known_rows_ =
        register_buffer("known_rows", torch::full({each * context.classes}, kNone, torch::kInt64));
    known_labels_ = register_buffer("known_labels", known_rows_.clone());
  }

  /// Rows whose label is not known take the classifier's.
  Code encode(const Tensor& x, const Tensor& labels) override {
    Tensor y = labels.defined() ? labels : torch::full({x.size(0)}, kNone, torch::kInt64);
    const Tensor missing = y.lt(0);
    if (missing.any().item<bool>()) {
      y = torch::where(missing, classifier_->forward(x).argmax(1), y);
    }
    return GaussianAutoencoder::encode(x, y);
  }

  ScriptedCode script_encode(nn::TorchScript& to, const std::string& x,
                             const std::string& labels) const override {
    const std::string told = to.call("torch.argmax", {classifier_->script(to, x), "1"});
    const std::string unknown = to.call("torch.lt", {labels, "0"});
    return GaussianAutoencoder::script_encode(to, x,
                                              to.call("torch.where", {unknown, told, labels}));
  }

  /// Chooses the known labels: in a random order, the first so many of each class.
  void initialize(const TrainingContext& context) override {
    const torch::NoGradGuard no_grad;
    const std::int64_t each = known_rows_.size(0) / classes();
    const Tensor order = torch::randperm(context.data->size(), context.generator, torch::kInt64);
    const Tensor labels = all_labels(*context.data, context.generator.clone());
    const Tensor shuffled = labels.index_select(0, order);
    std::vector<Tensor> rows;
    for (int y = 0; y < classes(); ++y) {
      const Tensor found = order.index_select(0, shuffled.eq(y).nonzero().flatten());
      rows.push_back(found.narrow(0, 0, std::min(each, found.size(0))));
    }
    const Tensor chosen = std::get<0>(torch::cat(rows).sort());
    if (chosen.numel() == 0) {
      throw Error{ErrorCode::InvalidConfig,
                  info().title + " needs labels, but no training image has one."};
    }
    // What is missing, where a class has too few images, stays −1 at the front: sorted still.
    const std::int64_t first = known_rows_.size(0) - chosen.size(0);
    known_rows_.fill_(kNone).narrow(0, first, chosen.size(0)).copy_(chosen);
    known_labels_.fill_(kNone)
        .narrow(0, first, chosen.size(0))
        .copy_(labels.index_select(0, chosen));
  }

  Losses train_step(const Batch& batch, const TrainingContext& context) override {
    nn::Adam& optimizer = context.optimizer("model");
    optimizer.zero_grad();
    const Batch known = known_batch(batch.x.size(0), context);
    // Together, so that both see the same batch statistics.
    const Tensor logits = classifier_->forward(torch::cat({batch.x, known.x}));
    const std::int64_t images = batch.x.size(0);
    Losses result = combined(
        bound(batch.x, logits.narrow(0, 0, images), label_if_known(batch.index), context.generator),
        logits.narrow(0, images, known.x.size(0)), known.labels);
    result.total.backward();
    optimizer.step(context.learning_rate);
    result.total = result.total.detach();
    for (Tensor& term : result.terms) term = term.detach();
    return result;
  }

  /// Every image as one without a label; the classifier is measured against the labels that there
  /// are. While training, the labels that there are are the known ones.
  Losses losses(const Batch& batch, const PassContext& pass) override {
    const Tensor known = label_if_known(batch.index);
    const Tensor unknown = torch::full_like(known, kNone);
    const Tensor logits = classifier_->forward(batch.x);
    return combined(bound(batch.x, logits, is_training() ? known : unknown, pass.generator), logits,
                    is_training() ? known : batch.labels);
  }

  /// log Σ_y p(y)·p(x, z_y|y) / q(z_y|x, y), with a z of its own for each class: unbiased for p(x).
  std::optional<Tensor> log_importance_weights(const Batch& batch,
                                               const at::Generator& generator) override {
    const std::int64_t images = batch.x.size(0);
    const Batch pairs = with_every_class(batch.x);
    const Tensor weights = *GaussianAutoencoder::log_importance_weights(pairs, generator);
    return weights.view({images, classes()}).logsumexp(1) - std::log(classes());
  }

  std::vector<Diagnostic> diagnostics(const Batch& probe) override {
    std::vector<Diagnostic> all = GaussianAutoencoder::diagnostics(probe);
    const torch::NoGradGuard no_grad;
    const Tensor share = classifier_->forward(probe.x).softmax(1).mean(0).contiguous();
    Diagnostic shares{.id = "class_share",
                      .title = "Share of the images that each class is given",
                      .help =
                          "The classifier's probabilities, averaged. A class that is given to "
                          "no image has been lost.",
                      .unit = "share",
                      .values = {share.data_ptr<float>(), share.data_ptr<float>() + share.numel()},
                      .verdict = {}};
    const double rare = 0.1 / classes();
    const auto lost = share.lt(rare).sum().item<std::int64_t>();
    if (lost > 0) {
      shares.verdict = std::to_string(lost) + " of " + std::to_string(classes()) +
                       " classes are hardly ever given: raise α, or start again with more labels.";
    }
    all.push_back(std::move(shares));
    return all;
  }

 private:
  /// The parts of the bound, means over the images.
  struct Bound {
    Tensor reconstruction;
    Tensor kl;        // of z
    Tensor class_kl;  // of y: KL(q(y|x) ‖ uniform), or log K where y is known
  };

  /// Each image with each class: [N·K, …], an image's classes one after another.
  Batch with_every_class(const Tensor& x) const {
    const std::int64_t images = x.size(0);
    return {.x = x.repeat_interleave(classes(), 0),
            .labels = torch::arange(classes(), torch::kInt64).repeat({images})};
  }

  /// Which classes of q [N, K] are gone through, and with what probability each was to be. While
  /// training, a class less likely than the threshold is drawn by lot, q/threshold, and then counts
  /// for as many as stayed away: the sum over the classes stays right on average, for a fraction of
  /// the work. The likeliest class is always there.
  std::pair<Tensor, Tensor> chosen_classes(const Tensor& q, const Tensor& likeliest,
                                           const at::Generator& generator) const {
    const double threshold = hyperparameter("class_threshold");
    if (!is_training() || threshold <= 0.0) return {q.ge(0.0), torch::ones_like(q)};
    const Tensor chance = (q / threshold).clamp_max(1.0).scatter(1, likeliest, 1.0);
    return {torch::bernoulli(chance, generator).to(torch::kBool), chance};
  }

  /// `logits` [N, K] of q(y|x); `known` [N] the labels, −1 where they are to be summed over.
  Bound bound(const Tensor& x, const Tensor& logits, const Tensor& known,
              const at::Generator& generator) {
    const Tensor log_q = logits.log_softmax(1);
    const Tensor is_known = known.ge(0).unsqueeze(1);
    const Tensor q = torch::where(is_known, nn::one_hot(known, classes()), log_q.exp());
    const Tensor likeliest = q.argmax(1, /*keepdim=*/true);
    const auto [chosen, chance] = chosen_classes(q.detach(), likeliest, generator);
    const Tensor places = chosen.nonzero();
    const Tensor image = places.select(1, 0).contiguous();
    const Tensor label = places.select(1, 1).contiguous();
    const Tensor weights = torch::where(chosen, q / chance.clamp_min(1e-30), torch::zeros_like(q));
    // Σ_y q(y)·value(y); what is common to an image's classes is taken out before the weighing, so
    // that the lot adds little noise.
    const auto expected = [&](const Tensor& values) {
      const Tensor table = torch::zeros_like(q).index_put({image, label}, values);
      const Tensor common = table.detach().gather(1, likeliest);
      return (common.squeeze(1) + (weights * (table - common)).sum(1)).mean();
    };

    const Tensor inputs = x.index_select(0, image);
    const Code code = GaussianAutoencoder::encode(inputs, label);
    // One draw for all classes of an image: their losses then differ by the class, not by chance.
    const Tensor noise = torch::empty({x.size(0), code.mean.size(1)}).normal_(0.0, 1.0, generator);
    const Tensor z = code.mean + (0.5 * code.log_var).exp() * noise.index_select(0, image);
    const Tensor entropy = -torch::where(is_known, torch::zeros_like(log_q), q * log_q).sum(1);
    return {.reconstruction = expected(reconstruction_per_image(decode(z, label), inputs)),
            .kl = expected(nn::kl_divergence(code.mean, code.log_var).sum(1)),
            .class_kl = std::log(classes()) - entropy.mean()};
  }

  /// `logits` [M, K] and `labels` [M], −1 = none, are what the classifier is measured by.
  Losses combined(const Bound& bound, const Tensor& logits, const Tensor& labels) const {
    const Tensor rows = labels.ge(0).nonzero().flatten();
    Tensor surprise = torch::zeros({});
    Tensor error = torch::zeros({});
    if (rows.numel() > 0) {
      const Tensor answers = logits.index_select(0, rows);
      const Tensor truth = labels.index_select(0, rows);
      surprise = torch::nll_loss(answers.log_softmax(1), truth);
      error = kPercent * answers.detach().argmax(1).ne(truth).to(torch::kFloat32).mean();
    }
    const Tensor total =
        bound.reconstruction + bound.kl + bound.class_kl + hyperparameter("alpha") * surprise;
    return {total, {bound.reconstruction, bound.kl, bound.class_kl, surprise, error}};
  }

  /// [N] labels of the rows `index` of the training part, −1 for all but the chosen.
  Tensor label_if_known(const Tensor& index) const {
    const Tensor place = torch::searchsorted(known_rows_, index).clamp_max(known_rows_.size(0) - 1);
    return torch::where(known_rows_.index_select(0, place).eq(index),
                        known_labels_.index_select(0, place), torch::full_like(index, kNone));
  }

  /// `count` of the chosen images at random, with their labels.
  Batch known_batch(std::int64_t count, const TrainingContext& context) const {
    const auto missing = known_rows_.lt(0).sum().item<std::int64_t>();
    const Tensor drawn =
        torch::randint(missing, known_rows_.size(0), {count}, context.generator, torch::kInt64);
    Batch batch = context.data->rows(known_rows_.index_select(0, drawn), context.generator);
    batch.labels = known_labels_.index_select(0, drawn);
    return batch;
  }

  std::shared_ptr<nn::Encoder> classifier_;
  Tensor known_rows_;    // [M] int64, rising; −1 at the front where there are fewer
  Tensor known_labels_;  // [M] int64
};

[[maybe_unused]] const bool m2_registered = register_model<SemiSupervisedVae>({
    .id = "m2",
    .title = "M2 (semi-supervised VAE)",
    .summary = "Learns to classify from few labels and many pictures, and to draw each class in "
               "any style.",
    .citation = "Kingma et al. 2014, Semi-Supervised Learning with Deep Generative Models, Eq. 6-9",
    .url = "https://arxiv.org/abs/1406.5298",
    .order = 20,
    .usual_codes = 50,
    .hyperparameters = {{.id = "labels",
                         .title = "Known labels",
                         .help = "How many training images, as many of each class, have a label "
                                 "that may be used. Higher: an easier task.",
                         .kind = Hyperparameter::Kind::Choice,
                         .maximum = 3.0,
                         .choices = {"100", "600", "1000", "3000"}},
                        {.id = "alpha",
                         .title = "α (weight of the classifier)",
                         .help = "Weight of the known labels beside the pictures. Higher: classes "
                                 "that follow the labels sooner and are shaped less by the "
                                 "pictures.",
                         .initial = 50.0,
                         .minimum = 0.0,
                         .maximum = 10000.0,
                         .hot = true},
                        {.id = "class_threshold",
                         .title = "Classes by lot below",
                         .help = "While training, classes that the classifier thinks less likely "
                                 "than this are gone through only now and then, and count for "
                                 "more when they are. Higher: faster, noisier steps. 0: every "
                                 "class of every image.",
                         .initial = 0.05,
                         .minimum = 0.0,
                         .maximum = 1.0,
                         .hot = true}},
    .loss_terms = {reconstruction_term(),
                   kl_term(),
                   {.id = "class_kl",
                    .title = "Class KL",
                    .help = "How far the class is from undecided: log K when it is certain, 0 when "
                            "every class is as likely."},
                   {.id = "classification",
                    .title = "Classification",
                    .help = "How surprising the labels are to the classifier: in training the "
                            "known ones, in validation all. Shown before it is weighted by α.",
                    .unit = "nats per label"},
                   {.id = "error",
                    .title = "Classification error",
                    .help = "How many images the classifier gives the wrong class: in training of "
                            "the known ones, in validation of all.",
                    .unit = "% of images"}},
    .has_prior = true,
    .gaussian_posterior = true,
    .conditional = true,
});

}  // namespace
}  // namespace latent::models
