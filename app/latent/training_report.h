#pragma once

#include <string>
#include <vector>

#include "console.h"
#include "latent/session.h"

namespace latent::app {

/// Turns what a session says into lines: one for each epoch, and a moving one on a terminal.
class TrainingReport {
 public:
  /// `lines_to_stderr`: stdout is kept for something else.
  TrainingReport(const Session& session, bool lines_to_stderr);

  void take(const std::vector<LossPoint>& losses);
  void show(const Progress& progress);
  /// A line among the others.
  void say(const std::string& line);

 private:
  void print_epoch(const LossPoint& validation);

  const Session& session_;
  bool lines_to_stderr_;
  ProgressLine progress_line_;
  bool header_printed_ = false;
  std::int64_t batches_ = 0;  ///< of this epoch
  double total_ = 0.0;        ///< sum of their losses
  std::vector<double> terms_;
  double last_total_ = 0.0;  ///< newest batch
  double samples_per_second_ = 0.0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace latent::app
