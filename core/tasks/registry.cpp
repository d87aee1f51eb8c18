#include "tasks/registry.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

#include "latent/error.h"

namespace latent {
namespace {

struct TaskList {
  std::vector<std::pair<int, std::unique_ptr<const Task>>> owned;
  std::vector<const Task*> offered;
};

TaskList& task_list() {
  static TaskList list;
  return list;
}

std::string number_in_words(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

}  // namespace

tasks::TaskEntry::TaskEntry(int order, std::unique_ptr<const Task> task) {
  TaskList& list = task_list();
  list.owned.emplace_back(order, std::move(task));
  std::sort(list.owned.begin(), list.owned.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  list.offered.clear();
  for (const auto& each : list.owned) list.offered.push_back(each.second.get());
}

const std::vector<const Task*>& all_tasks() {
  return task_list().offered;
}

const Task& find_task(const std::string& id) {
  std::string known;
  for (const Task* task : all_tasks()) {
    if (task->info().id == id) return *task;
    known += (known.empty() ? "" : ", ") + task->info().id;
  }
  throw Error(ErrorCode::InvalidConfig,
              "There is no task \"" + id + "\"; there are " + known + ".");
}

void check_settings(const TaskInfo& info, const TaskSettings& settings, const ImageShape& shape) {
  const Hyperparameter& parameter = info.parameter;
  const bool whole = parameter.kind == Hyperparameter::Kind::Integer;
  const double value = settings.parameter;
  if (!(value >= parameter.minimum && value <= parameter.maximum) ||
      (whole && value != std::floor(value))) {
    throw Error(ErrorCode::InvalidConfig,
                info.title + " takes " + (whole ? "a whole number" : "a number") + " from " +
                    number_in_words(parameter.minimum) + " to " +
                    number_in_words(parameter.maximum) + " (" + parameter.title + "); found " +
                    number_in_words(value) + ".");
  }
  const auto pixels =
      static_cast<std::size_t>(shape.height) * static_cast<std::size_t>(shape.width);
  if (info.hides_pixels && settings.hidden.size() != pixels) {
    throw Error(ErrorCode::InvalidConfig, info.title + " needs a mask of " +
                                              std::to_string(pixels) + " pixels; found " +
                                              std::to_string(settings.hidden.size()) + ".");
  }
}

}  // namespace latent
