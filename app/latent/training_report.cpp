#include "training_report.h"

#include <cmath>
#include <iostream>

namespace latent::app {
namespace {

constexpr std::size_t kColumn = 11;

std::string column(const std::string& title) {
  // A long title would push its column out of the table.
  std::string text = title;
  if (text.size() > kColumn - 1) text = text.substr(0, kColumn - 3) + ".";
  return right(text, kColumn);
}

std::string loss_columns(double total, const std::vector<double>& terms) {
  std::string text = right(fixed(total, 2), kColumn);
  if (terms.size() > 1) {
    for (const double term : terms) text += right(fixed(term, 2), kColumn);
  }
  return text;
}

}  // namespace

TrainingReport::TrainingReport(const Session& session, bool lines_to_stderr)
    : session_(session),
      lines_to_stderr_(lines_to_stderr),
      terms_(session.model().loss_terms.size(), 0.0) {}

void TrainingReport::say(const std::string& line) {
  progress_line_.clear();
  (lines_to_stderr_ ? std::cerr : std::cout) << line << std::endl;
}

void TrainingReport::take(const std::vector<LossPoint>& losses) {
  for (const LossPoint& point : losses) {
    if (point.part == LossPoint::Part::Validation) {
      print_epoch(point);
      batches_ = 0;
      total_ = 0.0;
      terms_.assign(terms_.size(), 0.0);
      continue;
    }
    ++batches_;
    last_total_ = double{point.total};
    total_ += last_total_;
    for (std::size_t i = 0; i < std::min(terms_.size(), point.terms.size()); ++i) {
      terms_[i] += double{point.terms[i]};
    }
  }
}

void TrainingReport::print_epoch(const LossPoint& validation) {
  const ModelInfo& model = session_.model();
  if (!header_printed_) {
    header_printed_ = true;
    // One term is the total itself.
    const std::size_t columns = model.loss_terms.size() > 1 ? 1 + model.loss_terms.size() : 1;
    std::string titles = column("total");
    if (columns > 1) {
      for (const LossTerm& term : model.loss_terms) titles += column(term.title);
    }
    say(std::string(9, ' ') + "  " + left("   training, nats per image", columns * kColumn) + "  " +
        left("   validation, nats per image", columns * kColumn));
    say(right("epoch", 9) + "  " + titles + "  " + titles + right("samples/s", 12) +
        right("time", 9));
  }
  std::vector<double> means = terms_;
  const double n = static_cast<double>(std::max<std::int64_t>(batches_, 1));
  for (double& mean : means) mean /= n;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const std::string epoch =
      fixed(validation.epoch, 0) + "/" + std::to_string(session_.progress().epochs);
  say(right(epoch, 9) + "  " + loss_columns(total_ / n, means) + "  " +
      loss_columns(double{validation.total}, {validation.terms.begin(), validation.terms.end()}) +
      right(grouped(std::llround(samples_per_second_)), 12) + right(duration(seconds), 9));
}

void TrainingReport::show(const Progress& progress) {
  if (progress.samples_per_second > 0.0) samples_per_second_ = progress.samples_per_second;
  const double whole = std::floor(progress.epoch);
  const double share = progress.epoch - whole;
  std::string after = "loss " + fixed(last_total_, 1) + "  " +
                      grouped(std::llround(samples_per_second_)) + " samples/s";
  if (progress.seconds_left > 0.0) after += "  " + duration(progress.seconds_left) + " left";
  if (!progress.phase.empty()) after += "  " + progress.phase;
  progress_line_.show(share,
                      "Epoch " + fixed(std::min(whole + 1.0, double(progress.epochs)), 0) + "/" +
                          std::to_string(progress.epochs),
                      after);
}

}  // namespace latent::app
