#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "latent/data_catalogue.h"

namespace latent {

/// One kind of data. A new source is one file in this folder: a class and a `DataSourceEntry`.
class DataSource {
 public:
  virtual ~DataSource() = default;

  /// Of a source in the list a user chooses from, everything; of one that reads the user's own
  /// files, only the id ("npz", used as `npz:FILE`) and the title.
  virtual DataSourceInfo info() const = 0;
  /// True for the sources that read files named by the user.
  virtual bool takes_path() const { return false; }
  /// True when a plain path, given without "npz:" before it, is one of these.
  virtual bool recognises(const std::filesystem::path&) const { return false; }

  /// Reads the settings of `id[SETTINGS]:ARGUMENT` into the options. Throws Error{InvalidConfig}
  /// naming those there are.
  virtual void configure(const std::string& settings, DataOptions& options) const;

  /// `argument` is what follows the colon. Fills everything of the split but its id.
  virtual DataSplit load(const std::string& argument, const DataOptions& options,
                         const ProgressFunction& progress, std::stop_token stop) const = 0;
  /// Called only where `info().fetchable`.
  virtual void fetch(const ProgressFunction&, std::stop_token) const {}
};

/// Puts a source into the catalogue before main() begins; `order` is its place in the list.
struct DataSourceEntry {
  DataSourceEntry(int order, std::unique_ptr<const DataSource> source);
};

/// Throws Error{Cancelled} when a stop was asked for.
void stop_here_if_asked(const std::stop_token& stop);

}  // namespace latent
