#pragma once

#include <string>
#include <vector>

namespace latent {

/// One knob of a system, enough to build its control, its command-line flag and its check.
struct Hyperparameter {
  enum class Kind { Real, Integer, Flag, Choice };

  std::string id;     ///< "beta"; also the flag: --beta
  std::string title;  ///< "β"
  std::string help;   ///< plain words: what happens when it is turned up
  Kind kind = Kind::Real;
  double initial = 0.0;  ///< for Choice: index into `choices`; for Flag: 0 or 1
  double minimum = 0.0;
  double maximum = 1.0;
  std::vector<std::string> choices;  ///< for Choice
  std::string unit;                  ///< "", "nats", "epochs"
  bool hot = false;          ///< may change while training; otherwise takes effect at restart
  bool logarithmic = false;  ///< its control moves by ratios

  /// A knob of Kind::Choice that decides whether this one has any effect.
  struct Condition {
    std::string knob;          ///< its id; empty: this one always has
    std::vector<int> choices;  ///< of its `choices`, those with which this one has an effect
  };
  Condition
      only_with;  ///< its control is shown only then; the value counts and is kept all the same
};

/// One term of a system's loss; the curve panel draws one curve for each.
struct LossTerm {
  std::string id;     ///< "reconstruction", "kl"
  std::string title;  ///< "Reconstruction"
  std::string help;   ///< plain words
  std::string unit = "nats per image";
};

/// What a system says of itself: the window's form, the headless flags and the bake-off's row are
/// built from this and name no system.
struct ModelInfo {
  std::string id;        ///< "vae"
  std::string title;     ///< "VAE"
  std::string summary;   ///< one line of help
  std::string citation;  ///< "Kingma & Welling 2013, Auto-Encoding Variational Bayes, Eq. 7"
  std::string url;       ///< of the paper
  int order = 1000;      ///< row of the list it is offered in
  int usual_codes = 2;   ///< numbers in a latent code where nobody says how many
  std::vector<Hyperparameter> hyperparameters;
  std::vector<LossTerm> loss_terms;  ///< in the order of LossPoint::terms, without the total

  bool has_encoder = true;             ///< false: `encode` is a search, for a few images on demand
  bool has_prior = false;              ///< `sample_prior` works
  bool gaussian_posterior = false;     ///< encode also gives log-variances
  bool conditional = false;            ///< decode wants a class label
  bool discrete_code = false;          ///< sliders step through `code_levels`
  bool supports_convolution = true;    ///< NetworkKind::Convolutional can be chosen
  bool supports_squared_error = true;  ///< ReconstructionLoss::SquaredError can be chosen
  bool gradient_trained = true;        ///< false: fitted in one step (PCA), no learning rate
};

/// Looks `id` up in `info.hyperparameters`; nullptr when there is none.
const Hyperparameter* find_hyperparameter(const ModelInfo& info, const std::string& id);

/// The value that `text` stands for: one of a Choice's `choices`, on or off for a Flag, otherwise a
/// number, whose range is not looked at. Throws Error{InvalidConfig}, which calls the knob `name`.
double parse_hyperparameter(const Hyperparameter& knob, const std::string& text,
                            const std::string& name);

}  // namespace latent
