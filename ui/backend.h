#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "latent/data_catalogue.h"
#include "latent/engine.h"

namespace latent::ui {

/// Where the window gets its engine and its data from. Each call is long and made on a thread of
/// its own, never on that of the window.
struct Backend {
  std::function<const Engine&()> loadEngine;
  std::function<std::vector<DataSourceInfo>()> listSources;
  std::function<DataSplit(const std::string&, const DataOptions&, const ProgressFunction&,
                          std::stop_token)>
      loadData;
  std::function<void(const std::string&, const ProgressFunction&, std::stop_token)> fetchData;

  std::function<ImagePreview(const std::filesystem::path&, const ImageImport&, int)> previewImages =
      preview_images;

  /// What the program uses.
  static Backend standard();
};

}  // namespace latent::ui
