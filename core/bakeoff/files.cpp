#include "bakeoff/files.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "latent/atomic_file.h"
#include "latent/error.h"

namespace latent {
namespace bakeoff {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json parsed(const fs::path& path) {
  json document = json::parse(read_text(path), nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) {
    throw Error{ErrorCode::RunFileCorrupt,
                path.string() + " is not a bake-off's file: expected a JSON object."};
  }
  return document;
}

[[noreturn]] void corrupt(const fs::path& path, const std::exception& why) {
  throw Error{ErrorCode::RunFileCorrupt,
              path.string() + " is not a bake-off's file of this version.", why.what()};
}

void write_json(const fs::path& path, const json& document) {
  write_atomically(path, [&](std::ostream& out) { out << document.dump(1) << '\n'; });
}

std::string stem(const std::string& competitor, std::uint64_t seed) {
  return competitor + "-seed" + std::to_string(seed);
}

}  // namespace

fs::path config_path(const fs::path& folder) {
  return folder / "bakeoff.json";
}
fs::path run_path(const fs::path& folder, const std::string& competitor, std::uint64_t seed,
                  const std::string& part) {
  return folder / "runs" / (stem(competitor, seed) + part + ".safetensors");
}
fs::path result_path(const fs::path& folder, const std::string& competitor, std::uint64_t seed) {
  return folder / "results" / (stem(competitor, seed) + ".json");
}
fs::path picture_path(const fs::path& folder, const std::string& competitor,
                      const std::string& kind) {
  return folder / "pictures" / (competitor + "-" + kind + ".png");
}

void write_class_names(const fs::path& folder, const std::vector<std::string>& names) {
  write_json(folder / "classes.json", {{"names", names}});
}

std::vector<std::string> read_class_names(const fs::path& folder) {
  const fs::path path = folder / "classes.json";
  if (!fs::exists(path)) return {};
  const json document = parsed(path);
  try {
    return document.at("names").get<std::vector<std::string>>();
  } catch (const json::exception& exception) {
    corrupt(path, exception);
  }
}

std::string read_text(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in) throw Error{ErrorCode::RunFileCorrupt, "Cannot read " + path.string() + "."};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void write_config(const fs::path& folder, const BakeoffConfig& config) {
  json competitors = json::array();
  for (const BakeoffCompetitor& each : config.competitors) {
    competitors.push_back({{"id", each.id},
                           {"title", each.title},
                           {"model", each.model},
                           {"hyperparameters", each.hyperparameters}});
  }
  write_json(config_path(folder), {{"training", json::parse(to_json(config.training))},
                                   {"competitors", competitors},
                                   {"seeds", config.seeds},
                                   {"tasks", config.tasks},
                                   {"probe_images", config.probe_images},
                                   {"anomaly_class", config.anomaly_class},
                                   {"anomaly_latent", config.anomaly_latent}});
}

void write_result(const fs::path& folder, const BakeoffResult& result) {
  write_json(result_path(folder, result.competitor, result.seed),
             {{"competitor", result.competitor},
              {"seed", result.seed},
              {"figures", result.figures},
              {"missing", result.missing},
              {"remarks", result.remarks},
              {"roc", result.roc}});
}

std::optional<BakeoffResult> read_result(const fs::path& folder, const std::string& competitor,
                                         std::uint64_t seed) {
  const fs::path path = result_path(folder, competitor, seed);
  if (!fs::exists(path)) return std::nullopt;
  const json document = parsed(path);
  try {
    BakeoffResult result;
    result.competitor = document.at("competitor").get<std::string>();
    result.seed = document.at("seed").get<std::uint64_t>();
    result.figures = document.at("figures").get<std::map<std::string, double>>();
    result.missing = document.at("missing").get<std::map<std::string, std::string>>();
    if (document.contains("remarks")) {
      result.remarks = document["remarks"].get<std::map<std::string, std::string>>();
    }
    result.roc = document.at("roc").get<std::vector<double>>();
    return result;
  } catch (const json::exception& exception) {
    corrupt(path, exception);
  }
}

}  // namespace bakeoff

BakeoffConfig read_bakeoff_config(const std::filesystem::path& folder) {
  const auto path = bakeoff::config_path(folder);
  if (!std::filesystem::exists(path)) {
    throw Error{ErrorCode::RunFileCorrupt,
                folder.string() + " holds no bake-off: expected bakeoff.json in it."};
  }
  const nlohmann::json document = bakeoff::parsed(path);
  try {
    BakeoffConfig config;
    config.training = training_config_from_json(document.at("training").dump());
    for (const auto& each : document.at("competitors")) {
      config.competitors.push_back(
          {each.at("id").get<std::string>(), each.at("title").get<std::string>(),
           each.at("model").get<std::string>(),
           each.at("hyperparameters").get<std::map<std::string, double>>()});
    }
    config.seeds = document.at("seeds").get<int>();
    config.tasks = document.at("tasks").get<std::vector<std::string>>();
    // Of a version that knows more tasks.
    std::erase_if(config.tasks, [known = all_bakeoff_tasks()](const std::string& task) {
      return std::find(known.begin(), known.end(), task) == known.end();
    });
    config.probe_images = document.at("probe_images").get<int>();
    config.anomaly_class = document.at("anomaly_class").get<int>();
    config.anomaly_latent = document.at("anomaly_latent").get<int>();
    return config;
  } catch (const nlohmann::json::exception& exception) {
    bakeoff::corrupt(path, exception);
  }
}

std::vector<BakeoffResult> read_bakeoff_results(const std::filesystem::path& folder,
                                                const BakeoffConfig& config) {
  std::vector<BakeoffResult> results;
  for (const BakeoffCompetitor& competitor : config.competitors) {
    for (int seed = 1; seed <= config.seeds; ++seed) {
      auto result = bakeoff::read_result(folder, competitor.id, static_cast<std::uint64_t>(seed));
      if (result) results.push_back(std::move(*result));
    }
  }
  return results;
}

std::filesystem::path bakeoff_run(const std::filesystem::path& folder,
                                  const std::string& competitor, std::uint64_t seed) {
  return bakeoff::run_path(folder, competitor, seed);
}

}  // namespace latent
