#include <algorithm>

#include "data/data_source.h"
#include "latent/error.h"

namespace latent {
namespace {

struct Placed {
  int order = 0;
  std::unique_ptr<const DataSource> source;
};

std::vector<Placed>& sources() {
  static std::vector<Placed> all;
  return all;
}

const DataSource* find(const std::string& id) {
  for (const Placed& placed : sources()) {
    if (placed.source->info().id == id) return placed.source.get();
  }
  return nullptr;
}

std::string ids_in_words() {
  std::string words;
  for (const Placed& placed : sources()) {
    if (placed.source->takes_path()) continue;
    if (!words.empty()) words += ", ";
    words += placed.source->info().id;
  }
  return words;
}

}  // namespace

DataSourceEntry::DataSourceEntry(int order, std::unique_ptr<const DataSource> source) {
  std::vector<Placed>& all = sources();
  const auto place = std::find_if(all.begin(), all.end(),
                                  [&](const Placed& placed) { return placed.order > order; });
  all.insert(place, Placed{order, std::move(source)});
}

void DataSource::configure(const std::string& settings, DataOptions&) const {
  throw Error(ErrorCode::InvalidConfig,
              "'" + info().id + "' takes no settings, found [" + settings + "].");
}

void stop_here_if_asked(const std::stop_token& stop) {
  if (stop.stop_requested()) {
    throw Error(ErrorCode::Cancelled, "The data set was not loaded: it was cancelled.");
  }
}

std::vector<DataSourceInfo> list_data_sources() {
  std::vector<DataSourceInfo> list;
  for (const Placed& placed : sources()) {
    if (!placed.source->takes_path()) list.push_back(placed.source->info());
  }
  return list;
}

DataSplit load_data(const std::string& specification, const DataOptions& options,
                    const ProgressFunction& progress, std::stop_token stop) {
  stop_here_if_asked(stop);
  const auto load = [&](const DataSource& source, const std::string& argument,
                        const std::string& settings = {}) {
    DataOptions configured = options;
    if (!settings.empty()) source.configure(settings, configured);
    DataSplit split = source.load(argument, configured, progress, stop);
    split.id = source.info().id;
    if (!settings.empty()) split.id += "[" + settings + "]";
    if (source.takes_path()) split.id += ":" + argument;
    return split;
  };
  // id, id[SETTINGS], id:ARGUMENT or id[SETTINGS]:ARGUMENT
  const std::size_t colon = specification.find(':');
  std::string id = specification.substr(0, colon);
  std::string settings;
  if (const std::size_t open = id.find('['); open != std::string::npos && id.back() == ']') {
    settings = id.substr(open + 1, id.size() - open - 2);
    id.resize(open);
  }
  if (const DataSource* source = find(id);
      source != nullptr && source->takes_path() == (colon != std::string::npos)) {
    return load(*source, colon == std::string::npos ? "" : specification.substr(colon + 1),
                settings);
  }
  std::error_code error;
  if (!std::filesystem::exists(specification, error)) {
    throw Error(
        ErrorCode::DatasetNotFound,
        "There is no data set '" + specification + "': expected one of " + ids_in_words() +
            ", or idx:IMAGES[,LABELS], npz:FILE, folder:DIR, without:CLASS:DATA, or the path of a "
            "file or folder.");
  }
  for (const Placed& placed : sources()) {
    if (placed.source->takes_path() && placed.source->recognises(specification)) {
      return load(*placed.source, specification);
    }
  }
  throw Error(ErrorCode::DatasetCorrupt, specification +
                                             " is no data set: expected an IDX file, an .npz file, "
                                             "or a folder of PNG or JPEG pictures.");
}

void fetch_data(const std::string& id, const ProgressFunction& progress, std::stop_token stop) {
  const DataSource* source = find(id);
  if (source == nullptr || source->takes_path()) {
    throw Error(
        ErrorCode::DatasetNotFound,
        "There is no data set '" + id + "' to fetch: expected one of " + ids_in_words() + ".");
  }
  const DataSourceInfo info = source->info();
  if (!info.fetchable) {
    if (info.available) return;
    throw Error(ErrorCode::DatasetNotFound, info.unavailable_because);
  }
  source->fetch(progress, std::move(stop));
}

}  // namespace latent
