#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "bakeoff/measurement.h"
#include "latent/bakeoff.h"
#include "latent/tasks.h"

/// What a task of the bake-off is made of. A task is one file in core/bakeoff: a class derived from
/// BakeoffTask and a BakeoffTaskEntry.
namespace latent::bakeoff {

/// What the figures of pre-training begin with, the number of labels after it.
inline constexpr const char* kFineTuned = "fine_tuned_";
inline constexpr const char* kFromScratch = "from_scratch_";

/// A competitor with one seed, as tasks see it.
class Contender {
 public:
  virtual ~Contender() = default;

  virtual const Engine& engine() const = 0;
  virtual const DataSplit& data() const = 0;
  virtual const BakeoffConfig& config() const = 0;
  virtual const std::filesystem::path& folder() const = 0;
  virtual const BakeoffCompetitor& competitor() const = 0;
  virtual std::uint64_t seed() const = 0;

  /// Trained by the protocol: now, where it is not there yet.
  virtual const FrozenModel& model() = 0;
  /// The same system trained otherwise, for BakeoffTask::runs. `part` and `remark`: of the file's
  /// name and of what is told, "-anomaly" and ", without 1".
  virtual std::shared_ptr<const FrozenModel> trained_apart(TrainingConfig training,
                                                           const DataSplit& data,
                                                           const std::string& part,
                                                           const std::string& remark) = 0;

  virtual void tell(const std::string& what) const = 0;
  virtual std::stop_token stop() const = 0;
  virtual void check() const = 0;  ///< throws Error{Cancelled} after a stop request

  const ModelInfo& system() const { return engine().model(competitor().model); }
  bool is_first_seed() const { return seed() == 1; }
  std::filesystem::path picture(const std::string& kind) const;
};

/// One is made for each bake-off: it may keep what all contenders need, made once (std::call_once):
/// several contenders are measured at the same time, each on a thread of its own.
class BakeoffTask {
 public:
  virtual ~BakeoffTask() = default;

  virtual const BakeoffTaskInfo& info() const = 0;
  /// How many runs of its own it trains for a contender.
  virtual int runs() const { return 0; }
  /// Throws Error{InvalidConfig} where the task cannot be set.
  virtual void check(const BakeoffConfig& /*config*/, const DataSplit& /*data*/) const {}
  virtual bool takes(const Contender& /*contender*/) const { return true; }
  /// Whether `result` and the folder hold all of it: it is not done again then. Unless said
  /// otherwise, when the first of its figures is known, or why there is none.
  virtual bool is_done(const Contender& contender, const BakeoffResult& result) const;
  virtual void measure(Contender& contender, BakeoffResult& result) = 0;

 protected:
  /// All figures of the task are missing, and this is why.
  void leave_out(BakeoffResult& result, const std::string& why) const;
  /// What a task of core/tasks measures on the test set with the contender's network. Where it
  /// makes no sense for it, nothing, and the figures are left out with its reason.
  std::optional<TaskResult> put_to_use(Contender& contender, BakeoffResult& result,
                                       const std::string& task, double parameter) const;
};

bool is_known(const BakeoffResult& result, const std::string& figure);

using MakeTask = std::function<std::unique_ptr<BakeoffTask>()>;

/// Puts a task into the list before main() begins; `order` is its place.
struct BakeoffTaskEntry {
  BakeoffTaskEntry(int order, MakeTask make);
};

/// Those of `config`, in the order of the list.
std::vector<std::unique_ptr<BakeoffTask>> make_tasks(const BakeoffConfig& config);

}  // namespace latent::bakeoff
