#include "help_formatter.h"

#include <algorithm>

#include "console.h"

namespace latent::app {
namespace {

constexpr std::size_t kNameColumn = 26;

std::size_t page_width() {
  return static_cast<std::size_t>(std::clamp(terminal_width(), 60, 100));
}

std::string usage_name(const CLI::Option& option) {
  const std::string name = option.get_single_name();
  return option.get_required() ? name : "[" + name + "]";
}

std::string option_name(const CLI::Option& option) {
  if (option.get_positional()) return option.get_single_name();
  std::string name;
  for (const std::string& letter : option.get_snames()) name += "-" + letter + ", ";
  for (const std::string& word : option.get_lnames()) name += "--" + word + ", ";
  if (name.size() >= 2) name.erase(name.size() - 2);
  const std::string value = option.get_option_text();
  return value.empty() ? name : name + " " + value;
}

std::string option_text(const CLI::Option& option) {
  std::string text = option.get_description();
  if (!option.get_default_str().empty()) text += " (default " + option.get_default_str() + ")";
  if (option.get_required() && !option.get_positional()) text += " (required)";
  return text;
}

}  // namespace

std::string help_entry(const std::string& name, const std::string& text) {
  std::string page = "  " + left(name, kNameColumn - 2);
  const auto lines = wrap(text, page_width() - kNameColumn);
  bool beside = columns_of(name) + 4 <= kNameColumn;
  if (!beside) page += "\n";
  for (const std::string& line : lines) {
    page += (beside ? "" : std::string(kNameColumn, ' ')) + line + "\n";
    beside = false;
  }
  if (lines.empty()) page += "\n";
  return page;
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode /*mode*/) const {
  std::string page;
  for (const std::string& line : wrap(app->get_description(), page_width())) page += line + "\n";

  const auto positionals =
      app->get_options([](const CLI::Option* option) { return option->get_positional(); });
  const auto commands = app->get_subcommands([](const CLI::App*) { return true; });
  page += "\nUsage: " + (name.empty() ? app->get_name() : name);
  if (!commands.empty()) page += " COMMAND";
  for (const CLI::Option* option : positionals) page += " " + usage_name(*option);
  page += " [options]\n";

  if (!positionals.empty()) page += "\n";
  for (const CLI::Option* option : positionals) {
    page += help_entry(option_name(*option), option_text(*option));
  }
  std::vector<std::string> groups;
  for (const CLI::App* command : commands) {
    if (std::find(groups.begin(), groups.end(), command->get_group()) == groups.end()) {
      groups.push_back(command->get_group());
    }
  }
  for (const std::string& group : groups) {
    page += "\n" + group + ":\n";
    for (const CLI::App* command : commands) {
      if (command->get_group() != group) continue;
      page += help_entry(command->get_name(), command->get_description());
    }
  }
  std::vector<std::string> option_groups = app->get_groups();
  // What every page has comes last.
  std::stable_partition(option_groups.begin(), option_groups.end(),
                        [](const std::string& group) { return group != "Help"; });
  for (const std::string& group : option_groups) {
    const auto options = app->get_options([&](const CLI::Option* option) {
      return option->get_group() == group && option->nonpositional();
    });
    if (group.empty() || options.empty()) continue;
    page += "\n" + group + ":\n";
    for (const CLI::Option* option : options) {
      page += help_entry(option_name(*option), option_text(*option));
    }
  }
  // The examples are laid out by hand.
  const std::string examples = app->get_footer();
  if (!examples.empty()) page += "\n" + examples + "\n";
  return page;
}

}  // namespace latent::app
