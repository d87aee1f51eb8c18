#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace latent::app {

/// The headless program: one sub-command per panel of the window, and what they share.
class Program {
 public:
  Program();

  /// A sub-command; `action` runs after the whole line has been read. It returns an exit code.
  CLI::App* add_command(const std::string& group, const std::string& name,
                        const std::string& description, const std::string& examples,
                        std::function<int()> action);
  /// Adds --json to `command`.
  void offer_json(CLI::App* command);
  bool json() const { return json_; }
  /// More help for a command that depends on its other options; called only when help is wanted.
  void extend_help(CLI::App* command, std::function<std::string()> page);

  /// Exit code: 0 done, 1 failed, 2 the line makes no sense.
  int run(int argc, char** argv);

 private:
  int parse_and_run(int argc, char** argv);

  CLI::App app_;
  bool json_ = false;
  std::function<int()> action_;
  std::map<const CLI::App*, std::function<std::string()>> more_help_;
};

/// One JSON value and a line end on stdout.
void print_json(const nlohmann::ordered_json& json);

}  // namespace latent::app
