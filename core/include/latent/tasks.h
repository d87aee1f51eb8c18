#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "latent/data_catalogue.h"
#include "latent/dataset.h"
#include "latent/model_info.h"
#include "latent/snapshot.h"
#include "latent/training_config.h"

/// What an autoencoder is good for: denoising, filling in, compressing, … Each task is done to a
/// few pictures, to be looked at, and measured over a whole part of the data. A new task is one
/// file in core/tasks; the window's panel and the headless command are built from what it says of
/// itself.
namespace latent {

class Engine;

struct TaskInfo {
  std::string id;             ///< "denoise"; also the headless command's argument
  std::string title;          ///< "Denoise"
  std::string explanation;    ///< one sentence
  std::string method;         ///< how it is done and by whose paper, one or two sentences
  Hyperparameter parameter;   ///< the one number that the task can be told: Real or Integer
  bool hides_pixels = false;  ///< TaskSettings::hidden is wanted
};

/// The network that a task is done with, and how its run was configured: which density the
/// decoder's pixels stand for, how its inputs were made.
struct TaskSubject {
  std::shared_ptr<const FrozenModel> model;
  TrainingConfig config;
  /// For tasks that train: with what and, beside the part that they are measured on, from what.
  const Engine* engine = nullptr;
  std::shared_ptr<const Dataset> training;
};

struct TaskSettings {
  double parameter = 0.0;
  std::vector<std::uint8_t> hidden;  ///< [H, W], 1 = not seen; for TaskInfo::hides_pixels
  std::uint64_t seed = 1;            ///< of every draw that the task makes
};

/// What a task makes of n pictures: rows of n, the inputs first.
struct TaskPictures {
  struct Row {
    std::string title;                  ///< "noisy"
    std::vector<float> pixels;          ///< [n, C, H, W] 0 … 1
    std::vector<std::string> captions;  ///< [n], short; or empty
  };
  std::vector<Row> rows;
  std::string captions_mean;  ///< what the rows' captions are, one sentence; empty without them
  std::string remark;         ///< what has to be known to read the pictures; may be empty
};

/// One number over all pictures.
struct TaskFigure {
  std::string id;                   ///< "denoised_mse"
  std::string title;                ///< "Error after denoising"
  std::string unit;                 ///< "squared error per pixel"
  double mean = 0.0;                ///< over the images
  std::optional<double> deviation;  ///< standard deviation over the images, where it has one
  int decimals = 3;
};

struct TaskCurve {
  struct Line {
    std::string title;
    std::vector<double> x;
    std::vector<double> y;
  };
  std::string title;
  std::string x_title;
  std::string y_title;
  bool logarithmic_x = false;
  std::vector<Line> lines;
};

struct TaskResult {
  std::int64_t images = 0;
  std::vector<TaskFigure> figures;
  std::vector<TaskCurve> curves;
  std::string remark;  ///< what has to be known to compare the figures; may be empty
};

class Task {
 public:
  virtual ~Task() = default;

  virtual const TaskInfo& info() const = 0;

  /// Empty when the task makes sense for this system and these pictures; otherwise one sentence
  /// that says why not.
  virtual std::string why_not(const FrozenModel& model, const Dataset& data) const = 0;

  /// The task done to some rows of `data`. Only where `why_not` is empty.
  virtual TaskPictures show(const TaskSubject& subject, const Dataset& data,
                            std::span<const std::int64_t> rows,
                            const TaskSettings& settings) const = 0;

  /// The task done to all of `data`, and how well. Only where `why_not` is empty.
  /// Throws Error{Cancelled}.
  virtual TaskResult measure(const TaskSubject& subject, const Dataset& data,
                             const TaskSettings& settings, const ProgressFunction& progress,
                             const std::stop_token& stop) const = 0;
};

/// In the order in which they are offered.
const std::vector<const Task*>& all_tasks();
/// Throws Error{InvalidConfig} naming those there are.
const Task& find_task(const std::string& id);

/// Throws Error{InvalidConfig} for a parameter outside its range or a mask of another size.
void check_settings(const TaskInfo& info, const TaskSettings& settings, const ImageShape& shape);

/// [H, W], 1 = hidden. "lower-half", "left-half", "centre" (a box of half the width and height),
/// "box:X,Y,W,H" in pixels from the top left, or "random:SHARE" (the same pixels every time).
/// Throws Error{InvalidConfig} naming these.
std::vector<std::uint8_t> hidden_pixels(const std::string& description, const ImageShape& shape);

}  // namespace latent
