#include "models.h"

#include <iostream>
#include <memory>

#include "commands.h"
#include "console.h"
#include "help_formatter.h"
#include "latent/engine.h"
#include "program.h"

namespace latent::app {
namespace {

std::string range_of(const Hyperparameter& knob) {
  switch (knob.kind) {
    case Hyperparameter::Kind::Flag:
      return "on or off, " + std::string(knob.initial != 0.0 ? "on" : "off") + " at first";
    case Hyperparameter::Kind::Choice: {
      std::string text;
      for (const std::string& choice : knob.choices) text += (text.empty() ? "" : ", ") + choice;
      return text + "; at first " + knob.choices.at(static_cast<std::size_t>(knob.initial));
    }
    case Hyperparameter::Kind::Integer:
    case Hyperparameter::Kind::Real:
      break;
  }
  return exact(knob.minimum) + " … " + exact(knob.maximum) +
         (knob.unit.empty() ? "" : " " + knob.unit) + ", at first " + exact(knob.initial);
}

const char* kind_name(Hyperparameter::Kind kind) {
  switch (kind) {
    case Hyperparameter::Kind::Real:
      return "real";
    case Hyperparameter::Kind::Integer:
      return "integer";
    case Hyperparameter::Kind::Flag:
      return "flag";
    case Hyperparameter::Kind::Choice:
      return "choice";
  }
  return "";
}

nlohmann::ordered_json as_json(const ModelInfo& model) {
  using Json = nlohmann::ordered_json;
  Json knobs = Json::array();
  for (const Hyperparameter& knob : model.hyperparameters) {
    Json json{{"id", knob.id},           {"title", knob.title},
              {"help", knob.help},       {"kind", kind_name(knob.kind)},
              {"initial", knob.initial}, {"minimum", knob.minimum},
              {"maximum", knob.maximum}, {"unit", knob.unit},
              {"hot", knob.hot}};
    if (!knob.choices.empty()) json["choices"] = knob.choices;
    knobs.push_back(json);
  }
  Json terms = Json::array();
  for (const LossTerm& term : model.loss_terms) {
    terms.push_back(
        {{"id", term.id}, {"title", term.title}, {"help", term.help}, {"unit", term.unit}});
  }
  return {{"id", model.id},
          {"title", model.title},
          {"summary", model.summary},
          {"citation", model.citation},
          {"url", model.url},
          {"has_prior", model.has_prior},
          {"gaussian_posterior", model.gaussian_posterior},
          {"supports_convolution", model.supports_convolution},
          {"usual_codes", model.usual_codes},
          {"hyperparameters", knobs},
          {"loss_terms", terms}};
}

void print_system(const ModelInfo& model) {
  std::cout << model.title << "  (--model " << model.id << ")\n";
  for (const std::string& line : wrap(model.summary, 90)) std::cout << "  " << line << "\n";
  std::cout << "  " << model.citation << "\n";
  if (model.usual_codes != ModelInfo{}.usual_codes) {
    std::cout << "  usually " << model.usual_codes << " numbers in a code\n";
  }
  if (!model.url.empty()) std::cout << "  " << model.url << "\n";
}

}  // namespace

std::string hyperparameter_help(const ModelInfo& model) {
  if (model.hyperparameters.empty()) {
    return "\n" + model.title + " has no options of its own.\n";
  }
  std::string page = "\n" + model.title + "'s own options:\n";
  for (const Hyperparameter& knob : model.hyperparameters) {
    page += help_entry(
        "--" + knob.id + (knob.kind == Hyperparameter::Kind::Flag ? " 0|1" : " X"),
        knob.help + " (" + range_of(knob) + (knob.hot ? "; can be turned while training)" : ")"));
  }
  return page;
}

void add_models(Program& program) {
  const auto id = std::make_shared<std::string>();
  CLI::App* command = program.add_command(
      "Machine and data", "models",
      "List the systems that can be trained, each with its paper; or one with its options.",
      "  latent models\n  latent models vae", [&program, id] {
        const Engine& engine = load_engine();
        if (!id->empty()) {
          const ModelInfo& model = engine.model(*id);
          if (program.json()) {
            print_json(as_json(model));
            return 0;
          }
          print_system(model);
          std::cout << hyperparameter_help(model) << "\nIts loss:\n";
          for (const LossTerm& term : model.loss_terms) {
            std::cout << help_entry(term.title, term.help + " (" + term.unit + ")");
          }
          return 0;
        }
        if (program.json()) {
          auto list = nlohmann::ordered_json::array();
          for (const ModelInfo& model : engine.models()) list.push_back(as_json(model));
          print_json(list);
          return 0;
        }
        bool first = true;
        for (const ModelInfo& model : engine.models()) {
          if (!first) std::cout << "\n";
          print_system(model);
          first = false;
        }
        return 0;
      });
  command->add_option("MODEL", *id, "One system's id, for its options.");
  program.offer_json(command);
}

}  // namespace latent::app
