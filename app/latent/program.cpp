#include "program.h"

#include <exception>
#include <iostream>
#include <memory>
#include <new>

#include "arguments.h"
#include "help_formatter.h"
#include "latent/error.h"

namespace latent::app {
namespace {

constexpr int kFailed = 1;
constexpr int kBadUsage = 2;

/// CLI11's report of a line that cannot be read, as one sentence.
std::string sentence(const CLI::ParseError& error) {
  std::string text = error.what();
  const auto starts_with = [&](const std::string& start) { return text.starts_with(start); };
  const auto rest_after = [&](const std::string& start) { return text.substr(start.size()); };
  if (const std::string start = "Could not convert: "; starts_with(start)) {
    const std::string rest = rest_after(start);
    const std::size_t equals = rest.find(" = ");
    if (equals != std::string::npos) {
      return rest.substr(0, equals) + " takes a number; found \"" + rest.substr(equals + 3) + "\".";
    }
  }
  const auto between = [&](const std::string& middle, const std::string& allowed_is) {
    const std::size_t colon = text.find(": ");
    const std::size_t at = text.find(middle);
    if (colon == std::string::npos || at == std::string::npos || at < colon) return std::string{};
    std::string value = text.substr(colon + 2, at - colon - 2);
    if (value.starts_with("Value ")) value.erase(0, 6);
    std::string allowed = text.substr(at + middle.size());
    if (const std::size_t to = allowed.find(" to "); to != std::string::npos) {
      allowed.replace(to, 4, " and ");
    }
    std::erase_if(allowed, [](char c) { return c == '{' || c == '}' || c == '[' || c == ']'; });
    return text.substr(0, colon) + allowed_is + allowed + "; found \"" + value + "\".";
  };
  if (dynamic_cast<const CLI::ValidationError*>(&error) != nullptr) {
    for (const auto& [middle, allowed_is] :
         {std::pair{" not in range ", " must be a number between "}, {" not in ", " is one of "}}) {
      const std::string rewritten = between(middle, allowed_is);
      if (!rewritten.empty()) return rewritten;
    }
  }
  for (const std::string start : {"The following argument was not expected: ",
                                  "The following arguments were not expected: "}) {
    if (starts_with(start)) {
      return "\"" + rest_after(start) + "\" is not known here.";
    }
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    if (starts_with("A subcommand")) return "A command is missing.";
    const std::size_t is = text.find(" is required");
    if (is != std::string::npos) return text.substr(0, is) + " is missing.";
  }
  if (const std::size_t requires_value = text.find(" required");
      dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr &&
      requires_value != std::string::npos) {
    return text.substr(0, text.find(':')) + " takes a value, and none follows it.";
  }
  return text.ends_with('.') ? text : text + ".";
}

}  // namespace

Program::Program()
    : app_("Latent Studio without its window: train autoencoders and explore their latent spaces.",
           "latent") {
  app_.formatter(std::make_shared<HelpFormatter>());
  app_.set_help_flag("-h,--help", "Show this page.")->group("Help");
  app_.set_version_flag("--version", "latent " LATENT_VERSION, "Show the version.")->group("Help");
  app_.require_subcommand(1);
  app_.footer(
      "Examples:\n"
      "  latent train --data mnist --model vae --latent 2 --epochs 10 --out vae.safetensors\n"
      "  latent reconstruct vae.safetensors --out reconstructions.png\n"
      "  latent COMMAND --help\n"
      "\n"
      "Exit codes: 0 done, 1 failed, 2 the command line makes no sense.");
}

CLI::App* Program::add_command(const std::string& group, const std::string& name,
                               const std::string& description, const std::string& examples,
                               std::function<int()> action) {
  CLI::App* command = app_.add_subcommand(name, description)->group(group);
  command->footer("Examples:\n" + examples);
  command->callback([this, action = std::move(action)] { action_ = action; });
  // CLI11 copies the help flag from the parent, but not its group.
  command->set_help_flag("-h,--help", "Show this page.")->group("Help");
  return command;
}

void Program::offer_json(CLI::App* command) {
  command->add_flag("--json", json_, "Write the result as JSON to stdout.")->group("Output");
}

void Program::extend_help(CLI::App* command, std::function<std::string()> page) {
  more_help_[command] = std::move(page);
}

int Program::parse_and_run(int argc, char** argv) {
  const auto command_name = [this] {
    const auto chosen = app_.get_subcommands();
    return chosen.empty() ? std::string("latent") : "latent " + chosen.front()->get_name();
  };
  const auto has_command = [this](const std::string& name) {
    return !app_.get_subcommands(
                    [&](const CLI::App* command) { return command->get_name() == name; })
                .empty();
  };
  const auto refuse = [&](const std::string& text) {
    std::cerr << command_name() << ": " << text << " See `" << command_name() << " --help`.\n";
    return kBadUsage;
  };
  try {
    if (argc < 2) {
      std::cerr << app_.help();
      return kBadUsage;
    }
    const std::string first = argv[1];
    if (!first.starts_with('-') && !has_command(first)) {
      return refuse("There is no command \"" + first + "\".");
    }
    app_.parse(argc, argv);
    return action_();
  } catch (const CLI::CallForHelp&) {
    std::cout << app_.help();
    for (const CLI::App* command : app_.get_subcommands()) {
      const auto more = more_help_.find(command);
      if (more != more_help_.end()) std::cout << more->second();
    }
    return 0;
  } catch (const CLI::CallForVersion&) {
    std::cout << "latent " LATENT_VERSION "\n";
    return 0;
  } catch (const CLI::ParseError& error) {
    return refuse(sentence(error));
  } catch (const UsageError& error) {
    return refuse(error.what());
  } catch (const Error& error) {
    if (error.code() == ErrorCode::InvalidConfig) return refuse(error.what());
    std::cerr << command_name() << ": " << error.what() << "\n";
    // What nobody expected can only be reported with the words of where it came from.
    if (error.code() == ErrorCode::Internal && !error.detail().empty()) {
      std::cerr << error.detail() << "\n";
    }
    return kFailed;
  } catch (const std::bad_alloc&) {
    std::cerr << command_name()
              << ": There is not enough memory: choose a smaller batch, network or data set.\n";
    return kFailed;
  } catch (const std::exception& error) {
    std::cerr << command_name() << ": " << error.what() << "\n";
    return kFailed;
  }
}

int Program::run(int argc, char** argv) {
  const int code = parse_and_run(argc, argv);
  // A full disk or a closed pipe shows only here; what was asked for has not been delivered.
  std::cout.flush();
  if (code == 0 && !std::cout) {
    std::cerr << "latent: The result could not be written to stdout.\n";
    return kFailed;
  }
  return code;
}

void print_json(const nlohmann::ordered_json& json) {
  std::cout << json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
}

}  // namespace latent::app
