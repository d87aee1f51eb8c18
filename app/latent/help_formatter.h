#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace latent::app {

/// Help as a page: what it does, how it is called, options in groups with their defaults, examples.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
};

/// One entry of a page: `name` in its column, `text` wrapped beside it.
std::string help_entry(const std::string& name, const std::string& text);

}  // namespace latent::app
