#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace latent {

struct ChildResult {
  bool installed = true;  ///< false: there is no such program
  bool stopped = false;   ///< `keep_going` said no, and it was killed
  int exit_code = -1;     ///< -1 when a signal ended it
  std::string complaint;  ///< the end of what it wrote to its error stream

  bool succeeded() const { return installed && !stopped && exit_code == 0; }
};

/// Runs a program, found through PATH and without a shell, in `working_directory`, with no input
/// and its output thrown away. `keep_going` is asked ten times a second; when it says no, the
/// program and all that it has started are killed. Throws Error{Internal} when nothing can be
/// started at all.
ChildResult run_child(const std::vector<std::string>& command,
                      const std::filesystem::path& working_directory,
                      const std::function<bool()>& keep_going);

}  // namespace latent
