#include <algorithm>
#include <iostream>

#include "commands.h"
#include "console.h"
#include "latent/engine.h"
#include "program.h"

namespace latent::app {
namespace {

const char* level_name(DoctorFinding::Level level) {
  switch (level) {
    case DoctorFinding::Level::Fact:
      return "fact";
    case DoctorFinding::Level::Good:
      return "good";
    case DoctorFinding::Level::Problem:
      return "problem";
  }
  return "";
}

}  // namespace

void add_doctor(Program& program) {
  CLI::App* command = program.add_command(
      "Machine and data", "doctor",
      "Measure this machine: versions, threads, the matrix product's rate, and what is wrong.",
      "  latent doctor\n\nExit code 1 when something is wrong.", [&program] {
        const std::vector<DoctorFinding> findings = load_engine().doctor();
        const auto is_problem = [](const DoctorFinding& finding) {
          return finding.level == DoctorFinding::Level::Problem;
        };
        const auto problems = std::count_if(findings.begin(), findings.end(), is_problem);
        if (program.json()) {
          auto list = nlohmann::ordered_json::array();
          for (const DoctorFinding& finding : findings) {
            list.push_back({{"level", level_name(finding.level)},
                            {"name", finding.name},
                            {"value", finding.value},
                            {"advice", finding.advice}});
          }
          print_json(list);
          return problems > 0 ? 1 : 0;
        }
        std::size_t widest = 0;
        for (const DoctorFinding& finding : findings) {
          widest = std::max(widest, columns_of(finding.name));
        }
        for (const DoctorFinding& finding : findings) {
          const char* mark = finding.level == DoctorFinding::Level::Fact   ? "       "
                             : finding.level == DoctorFinding::Level::Good ? "good   "
                                                                           : "WRONG  ";
          std::cout << mark << left(finding.name, widest + 2) << finding.value << "\n";
          for (const std::string& line : wrap(finding.advice, 70)) {
            std::cout << std::string(widest + 9, ' ') << line << "\n";
          }
        }
        std::cout << "\n"
                  << (problems == 0   ? "Nothing is wrong."
                      : problems == 1 ? "One thing is wrong."
                                      : std::to_string(problems) + " things are wrong.")
                  << "\n";
        return problems > 0 ? 1 : 0;
      });
  program.offer_json(command);
}

}  // namespace latent::app
