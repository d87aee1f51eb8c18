#pragma once

#include "nn/libtorch.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "latent/model_info.h"
#include "latent/snapshot.h"
#include "latent/training_config.h"
#include "nn/adam.h"
#include "nn/network.h"

/// The systems. N batch, C·H·W the picture with its padding, L latent size.
namespace latent::models {

using torch::Tensor;

struct Batch {
  Tensor x;       ///< [N, C, H, W] float32 in [0, 1], padded
  Tensor labels;  ///< [N] int64, −1 = none
  Tensor index;   ///< [N] int64, rows of the data set's part
};

/// What the encoder says of an image: a point, or a Gaussian posterior.
struct Code {
  Tensor mean;         ///< [N, code_dim]; what the map shows
  Tensor log_var;      ///< [N, code_dim]; undefined for point codes
  Tensor unquantized;  ///< [N, code_dim] before it was quantised to `mean`; else undefined
};

/// Scalars, nats per image.
struct Losses {
  Tensor total;               ///< what is minimised
  std::vector<Tensor> terms;  ///< in the order of ModelInfo::loss_terms
};

/// One term beside the reconstruction: shown as `value`, minimised as `weight`·`value`.
struct Term {
  Tensor value;
  double weight = 1.0;
};

/// The training images, for systems that want to see them before or between batches.
class TrainingData {
 public:
  virtual ~TrainingData() = default;
  virtual std::int64_t size() const = 0;
  virtual int classes() const = 0;  ///< 0 without labels
  /// The rows of `index` [n] int64, as a batch. Binarised inputs draw from `generator`.
  virtual Batch rows(const Tensor& index, const at::Generator& generator) const = 0;
};

/// What a system is built from.
struct ModelContext {
  ImageShape shape;  ///< with the padding
  TrainingConfig config;
  ModelInfo info;
  int classes = 0;                   ///< 0 without labels
  std::int64_t training_images = 0;  ///< size of the training part
  at::Generator generator;           ///< the run's own; initial weights are drawn from it
  bool initialize = true;            ///< false: the weights are copied in afterwards

  nn::Build build() const { return {generator, initialize, config.fast_path}; }
};

/// What a pass may know beside the batch. Every draw of the pass comes from `generator`.
struct PassContext {
  at::Generator generator;
  double epoch = 0.0;  ///< done so far, e.g. 2.25: for schedules
  int epochs = 0;      ///< the goal
};

/// The optimisers of a run, one for each of the system's parameter groups.
struct TrainingContext : PassContext {
  std::int64_t step = 0;  ///< batches trained before this one
  std::int64_t steps_per_epoch = 0;
  double learning_rate = 1e-3;
  std::map<std::string, nn::Adam>* optimizers = nullptr;
  const TrainingData* data = nullptr;

  /// The optimiser of a group named by `optimizer_groups`.
  nn::Adam& optimizer(const std::string& group) const { return optimizers->at(group); }
};

/// Parameters that one optimiser steps.
struct ParameterGroup {
  std::string name;  ///< "model", "discriminator"
  nn::Adam::NamedTensors parameters;
  nn::AdamOptions options;
};

/// A system. The template method `losses` is written once: corrupt → encode → bottleneck → decode →
/// reconstruction + regularizers; systems override the hooks, and only what has no such form (GAN,
/// RBM, PCA, VRNN, IWAE) overrides `losses` or `train_step`.
///
/// All state that training changes lies in parameters(), buffers() or `extra_state`, so that a
/// saved run continues bit for bit; what is derived from it is made again in `restored`.
/// In evaluation mode `encode`, `decode` and the other looks change nothing and may be called from
/// several threads at once.
class Autoencoder : public torch::nn::Module {
 public:
  explicit Autoencoder(const ModelContext& context);

  const ModelContext& context() const { return context_; }
  const ModelInfo& info() const { return context_.info; }
  const TrainingConfig& config() const { return context_.config; }
  const ImageShape& shape() const { return context_.shape; }
  int classes() const { return context_.classes; }

  /// A hyperparameter's value now; hot ones change while training. Throws Error{InvalidConfig} for
  /// an unknown id.
  double hyperparameter(const std::string& id) const;
  void set_hyperparameter(const std::string& id, double value);
  /// For Choice and Flag.
  int choice(const std::string& id) const { return static_cast<int>(hyperparameter(id)); }

  // --- looking -----------------------------------------------------------------------------------
  /// x [N, C, H, W], labels [N] int64 (undefined or −1 where there are none). Without an encoder
  /// (ModelInfo::has_encoder) a search for the code.
  virtual Code encode(const Tensor& x, const Tensor& labels) = 0;
  /// z [N, code_dim] to logits [N, C, H, W] (for squared error and linear systems: pixel values).
  virtual Tensor decode(const Tensor& z, const Tensor& labels) = 0;
  /// Length of the code that `encode` gives and `decode` takes; may change with the phase.
  virtual int code_dim() const { return config().latent_dim; }
  /// A sequence's code is this many codes of code_dim() / code_steps(), one after another.
  virtual int code_steps() const { return 1; }
  /// [n, code_dim] drawn from the prior; nullopt when there is none.
  virtual std::optional<Tensor> sample_prior(std::int64_t n, const at::Generator& generator);
  /// What the entries of a discrete code can be (ModelInfo::discrete_code).
  virtual CodeLevels code_levels() { return {}; }
  /// log p(x, z) − log q(z|x) of each image at one z drawn from its posterior, [N] nats; nullopt
  /// for systems without a likelihood. The mean of exp over many draws estimates p(x) from below
  /// (Burda et al. 2015, Eq. 8). Squared error leaves the Gaussian's constant ½D·log 2π out.
  virtual std::optional<Tensor> log_importance_weights(const Batch& batch,
                                                       const at::Generator& generator);
  /// What pictures show of a decoder's output, in [0, 1].
  virtual Tensor to_pixels(const Tensor& decoded);
  /// [N] nats of each image; also what `losses` averages.
  virtual Tensor reconstruction_per_image(const Tensor& decoded, const Tensor& x);
  /// States worth seeing, measured in evaluation mode on a fixed batch of validation images.
  virtual std::vector<Diagnostic> diagnostics(const Batch& probe);
  /// When `decode(z, labels)` is this network applied to z and nothing else, and `to_pixels` is not
  /// overridden; the viewer then decodes with a folded copy of it. nullptr otherwise.
  virtual const nn::Decoder* plain_decoder() const { return nullptr; }

  // --- as TorchScript ----------------------------------------------------------------------------
  /// Names of the values that `encode` gives.
  struct ScriptedCode {
    std::string mean;
    std::string log_var;  ///< empty for point codes
  };
  /// Write what `encode`, `decode` and `to_pixels` do in evaluation mode for the values of these
  /// names; `labels` [N] int64 for conditional systems, empty for all others.
  virtual ScriptedCode script_encode(nn::TorchScript& to, const std::string& x,
                                     const std::string& labels) const;
  virtual std::string script_decode(nn::TorchScript& to, const std::string& z,
                                    const std::string& labels) const;
  virtual std::string script_pixels(nn::TorchScript& to, const std::string& decoded) const;

  // --- losses ------------------------------------------------------------------------------------
  virtual Losses losses(const Batch& batch, const PassContext& pass);
  /// Without gradient; called in evaluation mode. One z sampled from each posterior.
  virtual Losses evaluate_losses(const Batch& batch, const PassContext& pass);

  // --- training ----------------------------------------------------------------------------------
  /// Called once, before the first batch of a new run (not of a continued one): code books and
  /// pseudo-inputs drawn from the data, the choice of labelled images.
  virtual void initialize(const TrainingContext& /*context*/) {}
  /// Before the first batch and after the last batch of each epoch (0-based); phases begin and
  /// closed-form fits end here. Not called again when a run saved in mid-epoch is continued.
  virtual void begin_epoch(int /*epoch*/, const TrainingContext& /*context*/) {}
  virtual void end_epoch(int /*epoch*/, const TrainingContext& /*context*/) {}
  /// After weights, buffers and extra state were read from a file or rolled back.
  virtual void restored() {}
  /// One batch, training mode. The default: zero the gradients of every group, losses, backward,
  /// step every group. Returns the losses, detached. Systems that are fitted in one step
  /// (ModelInfo::gradient_trained is false) do it here, from all of `context.data`: their epoch is
  /// this one step.
  virtual Losses train_step(const Batch& batch, const TrainingContext& context);
  /// The default: one group "model" of all parameters. Fixed for the life of the system; a phase
  /// that trains fewer parameters steps fewer groups.
  virtual std::vector<ParameterGroup> optimizer_groups();
  /// "layer pair 2 of 3"; empty for systems without phases.
  virtual std::string phase() const { return {}; }
  /// Named tensors beside parameters and buffers; views, filled in place when restored.
  virtual nn::Adam::NamedTensors extra_state() { return {}; }

 protected:
  nn::Build build() const { return context_.build(); }

  // --- the hooks of `losses` ---------------------------------------------------------------------
  /// The encoder's input while training (denoising); the target stays clean. Not called when
  /// evaluating.
  virtual Tensor corrupt(const Tensor& x, const PassContext& /*pass*/) { return x; }
  /// The code that is decoded: a sample of the posterior, the quantised code. Default: the point.
  virtual Tensor bottleneck(const Code& code, const PassContext& /*pass*/) { return code.mean; }
  /// The terms after "reconstruction", in the order of ModelInfo::loss_terms.
  virtual std::vector<Term> regularizers(const Code& /*code*/, const Tensor& /*z*/,
                                         const Batch& /*batch*/, const PassContext& /*pass*/) {
    return {};
  }
  /// The knob "beta" (without it 1), while training times its schedule; evaluation always weighs
  /// with the whole β, so that totals of different epochs compare.
  double scheduled_beta(const PassContext& pass) const;
  /// A scalar, mean over the batch.
  virtual Tensor reconstruction(const Tensor& decoded, const Batch& batch);

 private:
  ModelContext context_;
  std::map<std::string, double> hyperparameters_;
};

/// A system with one encoder and one decoder network, dense or convolutional as configured. For
/// conditional systems (ModelInfo::conditional) the class, one-hot, joins the encoder's input and
/// the code.
class EncoderDecoder : public Autoencoder {
 public:
  Code encode(const Tensor& x, const Tensor& labels) override;
  Tensor decode(const Tensor& z, const Tensor& labels) override;
  const nn::Decoder* plain_decoder() const override;
  ScriptedCode script_encode(nn::TorchScript& to, const std::string& x,
                             const std::string& labels) const override;
  std::string script_decode(nn::TorchScript& to, const std::string& z,
                            const std::string& labels) const override;

 protected:
  /// `encoder_outputs`: L for point codes, 2L for Gaussian posteriors.
  EncoderDecoder(const ModelContext& context, std::int64_t encoder_outputs);

  /// The encoder's outputs [N, encoder_outputs].
  Tensor encoder_outputs(const Tensor& x, const Tensor& labels);
  std::string script_encoder_outputs(nn::TorchScript& to, const std::string& x,
                                     const std::string& labels) const;

  std::shared_ptr<nn::Encoder> encoder_;
  std::shared_ptr<nn::Decoder> decoder_;
};

/// q(z|x) = N(mean, diag exp(log_var)), p(z) = N(0, I); loss terms "reconstruction" and "kl".
/// Systems of the family override `kl_weight` or `regularizers`.
class GaussianAutoencoder : public EncoderDecoder {
 public:
  /// The encoder's 2L outputs: the first L are `mean`, the last L are `log_var`.
  Code encode(const Tensor& x, const Tensor& labels) override;
  ScriptedCode script_encode(nn::TorchScript& to, const std::string& x,
                             const std::string& labels) const override;
  /// N(0, I).
  std::optional<Tensor> sample_prior(std::int64_t n, const at::Generator& generator) override;
  /// −reconstruction + log p(z) − log q(z|x).
  std::optional<Tensor> log_importance_weights(const Batch& batch,
                                               const at::Generator& generator) override;
  /// KL per dimension and active units, with the knob that cures a collapsed posterior.
  std::vector<Diagnostic> diagnostics(const Batch& probe) override;
  /// log p(z) [N] in nats of z [N, L]. The default: N(0, I).
  virtual Tensor log_prior(const Tensor& z);

 protected:
  explicit GaussianAutoencoder(const ModelContext& context);

  /// z = μ + σ·ε.
  Tensor bottleneck(const Code& code, const PassContext& pass) override;
  /// The KL term, [] in nats, summed over L, mean over N, weighted by `kl_weight`.
  std::vector<Term> regularizers(const Code& code, const Tensor& z, const Batch& batch,
                                 const PassContext& pass) override;
  /// β. The default is the hyperparameter "beta" where the system has one, otherwise 1. While
  /// training it follows the system's β schedule; evaluation always weighs with the whole β, so
  /// that totals of different epochs compare.
  virtual double kl_weight(const PassContext& pass) const;
};

/// The values of a tensor of any type, row by row.
std::vector<float> to_vector(const Tensor& values);

/// The help texts that systems of the Gaussian family share.
LossTerm reconstruction_term();
LossTerm kl_term();
/// "beta" with this initial value, and its schedule: "beta_schedule" and "beta_epochs", all hot.
std::vector<Hyperparameter> kl_weight_knobs(double initial);

}  // namespace latent::models
