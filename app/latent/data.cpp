#include <iostream>

#include "commands.h"
#include "console.h"
#include "help_formatter.h"
#include "latent/data_catalogue.h"
#include "program.h"

namespace latent::app {

void add_data(Program& program) {
  CLI::App* command = program.add_command(
      "Machine and data", "data", "List the data sets: what they show, and which are here.",
      "  latent data\n  latent data --json", [&program] {
        const std::vector<DataSourceInfo> sources = list_data_sources();
        if (program.json()) {
          auto list = nlohmann::ordered_json::array();
          for (const DataSourceInfo& source : sources) {
            list.push_back({{"id", source.id},
                            {"title", source.title},
                            {"description", source.description},
                            {"origin", source.origin},
                            {"available", source.available},
                            {"fetchable", source.fetchable},
                            {"unavailable_because", source.unavailable_because}});
          }
          print_json(list);
          return 0;
        }
        for (const DataSourceInfo& source : sources) {
          std::cout << help_entry(
              source.id,
              source.title + (source.available ? "" : " (not here)") + ". " + source.description);
          std::cout << help_entry("", source.origin);
          if (!source.available) {
            std::cout << help_entry(
                "", source.unavailable_because +
                        (source.fetchable ? " `latent fetch " + source.id + "` brings it." : ""));
          }
        }
        std::cout
            << "\nAlso: idx:IMAGES[,LABELS]   npz:FILE   folder:DIR   (your own images)\n"
               "A folder's pictures become 28 x 28 and grey, cropped to the middle; otherwise "
               "say so:\n  'folder[64x64,colour,invert,fit]:DIR'\n"
               "Glyphs are 20 000 of 28 pixels; otherwise:\n  'glyphs[count=5000,size=64]'\n";
        return 0;
      });
  program.offer_json(command);
}

}  // namespace latent::app
