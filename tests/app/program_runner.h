#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace latent::test {

struct Outcome {
  int exit_code = -1;  ///< -signal when a signal ended it
  std::string output;  ///< stdout
  std::string errors;  ///< stderr
};

/// Runs the headless program with these words and waits. With `interrupt_when_seen`, sends SIGINT
/// as soon as that text is on its stdout.
Outcome run_latent(const std::vector<std::string>& words,
                   const std::string& interrupt_when_seen = {});

/// A folder of the test's own, gone with it.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace latent::test
