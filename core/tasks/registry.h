#pragma once

#include <memory>

#include "latent/tasks.h"

namespace latent::tasks {

/// Puts a task into the list before main() begins; `order` is its place.
struct TaskEntry {
  TaskEntry(int order, std::unique_ptr<const Task> task);
};

}  // namespace latent::tasks
