#include <iostream>
#include <memory>
#include <stop_token>
#include <thread>

#include "commands.h"
#include "console.h"
#include "latent/data_catalogue.h"
#include "program.h"

namespace latent::app {

void add_fetch(Program& program) {
  const auto id = std::make_shared<std::string>();
  CLI::App* command = program.add_command(
      "Machine and data", "fetch", "Bring a data set into your data folder, checked by SHA-256.",
      "  latent fetch mnist", [&program, id] {
        const Interruption interruption;
        std::stop_source stop;
        // The download looks at the token, the signal handler may only set a number.
        const std::jthread watch{[&stop](const std::stop_token& done) {
          while (!done.stop_requested()) {
            if (Interruption::requested()) stop.request_stop();
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
          }
        }};
        ProgressLine progress;
        fetch_data(
            *id,
            [&](std::int64_t done, std::int64_t total, const std::string& what) {
              progress.show(
                  total > 0 ? static_cast<double>(done) / static_cast<double>(total) : -1.0, what,
                  fixed(static_cast<double>(done) / 1e6, 1) + " MB");
            },
            stop.get_token());
        progress.clear();
        if (program.json()) {
          print_json({{"id", *id}, {"folder", user_data_directory().string()}});
        } else {
          std::cout << "Fetched " << *id << " into " << user_data_directory().string() << ".\n";
        }
        return 0;
      });
  command->add_option("DATASET", *id, "A data set's id, as `latent data` lists it.")->required();
  program.offer_json(command);
}

}  // namespace latent::app
