#include "bakeoff/task.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "bakeoff/files.h"
#include "latent/error.h"

namespace latent {
namespace bakeoff {
namespace {

struct OfferedTask {
  int order;
  MakeTask make;
  BakeoffTaskInfo info;
};

std::vector<OfferedTask>& offered_tasks() {
  static std::vector<OfferedTask> tasks;
  return tasks;
}

}  // namespace

std::filesystem::path Contender::picture(const std::string& kind) const {
  return picture_path(folder(), competitor().id, kind);
}

bool is_known(const BakeoffResult& result, const std::string& figure) {
  return result.figures.count(figure) != 0 || result.missing.count(figure) != 0;
}

bool BakeoffTask::is_done(const Contender& /*contender*/, const BakeoffResult& result) const {
  return info().columns.empty() || is_known(result, info().columns.front().id);
}

void BakeoffTask::leave_out(BakeoffResult& result, const std::string& why) const {
  for (const BakeoffColumn& column : info().columns) result.missing[column.id] = why;
}

std::optional<TaskResult> BakeoffTask::put_to_use(Contender& contender, BakeoffResult& result,
                                                  const std::string& task, double parameter) const {
  const FrozenModel& model = contender.model();
  const DataSplit& data = contender.data();
  const Task& use = find_task(task);
  if (const std::string why = use.why_not(model, *data.test); !why.empty()) {
    leave_out(result, why);
    return std::nullopt;
  }
  contender.tell(use.info().title);
  // Not its owner: the contender keeps the network for as long as this lasts.
  const std::shared_ptr<const FrozenModel> borrowed{std::shared_ptr<const FrozenModel>{}, &model};
  return use.measure({.model = borrowed,
                      .config = contender.config().training,
                      .engine = &contender.engine(),
                      .training = data.train},
                     *data.test, {.parameter = parameter, .hidden = {}, .seed = result.seed}, {},
                     contender.stop());
}

BakeoffTaskEntry::BakeoffTaskEntry(int order, MakeTask make) {
  std::vector<OfferedTask>& tasks = offered_tasks();
  BakeoffTaskInfo info = make()->info();
  tasks.push_back({order, std::move(make), std::move(info)});
  std::sort(tasks.begin(), tasks.end(),
            [](const auto& a, const auto& b) { return a.order < b.order; });
}

std::vector<std::unique_ptr<BakeoffTask>> make_tasks(const BakeoffConfig& config) {
  std::vector<std::unique_ptr<BakeoffTask>> tasks;
  for (const OfferedTask& task : offered_tasks()) {
    if (config.has(task.info.id)) tasks.push_back(task.make());
  }
  return tasks;
}

}  // namespace bakeoff

const std::vector<BakeoffTaskInfo>& bakeoff_tasks() {
  static const std::vector<BakeoffTaskInfo> infos = [] {
    std::vector<BakeoffTaskInfo> all;
    for (const auto& task : bakeoff::offered_tasks()) all.push_back(task.info);
    return all;
  }();
  return infos;
}

std::vector<std::string> all_bakeoff_tasks() {
  std::vector<std::string> ids;
  for (const BakeoffTaskInfo& task : bakeoff_tasks()) ids.push_back(task.id);
  return ids;
}

std::vector<std::string> bakeoff_tasks_named(const std::string& names) {
  const std::vector<std::string> known = all_bakeoff_tasks();
  std::vector<std::string> chosen;
  std::istringstream list{names};
  for (std::string name; std::getline(list, name, ',');) {
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      chosen.push_back(name);
    } else if (name != "none") {
      std::string there;
      for (const std::string& id : known) there += id + ", ";
      throw Error{ErrorCode::InvalidConfig, "The tasks of a bake-off are " + there +
                                                "separated by commas, or none; found \"" + name +
                                                "\"."};
    }
  }
  return chosen;
}

}  // namespace latent
