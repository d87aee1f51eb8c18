#include "ui/backend.h"

namespace latent::ui {

Backend Backend::standard() {
  return {[]() -> const Engine& { return load_engine(); }, [] { return list_data_sources(); },
          [](const std::string& specification, const DataOptions& options,
             const ProgressFunction& progress, std::stop_token stop) {
            return load_data(specification, options, progress, std::move(stop));
          },
          [](const std::string& id, const ProgressFunction& progress, std::stop_token stop) {
            fetch_data(id, progress, std::move(stop));
          },
          preview_images};
}

}  // namespace latent::ui
