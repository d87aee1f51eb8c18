#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "latent/dataset.h"

namespace latent {

/// One entry of the list a user chooses from.
struct DataSourceInfo {
  std::string id;                   ///< "mnist", "mnist-10k", "fashion-mnist", "glyphs"
  std::string title;                ///< "MNIST"
  std::string description;          ///< one line: what it shows and how many
  std::string origin;               ///< where the files come from, and their licence
  bool available = false;           ///< can be loaded now, without a network
  bool fetchable = false;           ///< `fetch_data` can bring it
  std::string unavailable_because;  ///< one sentence, when not available
};

/// Progress of a long call: done and total in the same unit (bytes, images); total 0 = unknown.
using ProgressFunction =
    std::function<void(std::int64_t done, std::int64_t total, const std::string& what)>;

/// How a folder of images becomes a data set: every picture is brought to one size.
struct ImageImport {
  int height = 28;
  int width = 28;
  bool colour = false;         ///< three channels instead of grey
  bool invert = false;         ///< dark on light becomes light on dark, as in MNIST
  bool crop_to_square = true;  ///< centre crop before scaling; otherwise the picture is fitted

  bool operator==(const ImageImport&) const = default;
};

/// "folder:DIR", or with what differs from the defaults "folder[64x48,colour,invert,fit]:DIR"
/// (height × width): what `load_data` takes and a run remembers.
std::string folder_specification(const std::filesystem::path& folder,
                                 const ImageImport& image_import);

struct DataOptions {
  std::uint64_t split_seed = 0;  ///< of the permutation that parts training from validation
  int glyph_count = 20000;       ///< images drawn by "glyphs"
  int glyph_size = 28;           ///< their height and width
  ImageImport image_import;      ///< for "folder:"
};

/// Some pictures of a folder as they would be taken.
struct ImagePreview {
  ImageShape shape;
  std::vector<std::uint8_t> images;      ///< [n, C, H, W]
  std::vector<std::string> names;        ///< [n] file names, relative to the folder
  std::int64_t total = 0;                ///< pictures in the folder, those that are broken included
  std::vector<std::string> class_names;  ///< the sub-folders; empty when there are none
  std::vector<std::string> warnings;     ///< pictures that could not be read, and the like
};

/// At most `count` pictures, evenly from the whole folder, so that every class is seen.
/// Throws Error{DatasetNotFound, DatasetCorrupt} where `load_data` would.
ImagePreview preview_images(const std::filesystem::path& folder, const ImageImport& image_import,
                            int count);

/// Everything in the catalogue, available or not, in the order it is offered.
std::vector<DataSourceInfo> list_data_sources();

/// Loads a data set. `specification` is a catalogue id (`glyphs[count=5000,size=64]` with its
/// settings), or `idx:IMAGES[,LABELS]`, `npz:FILE`, `folder:DIR` (with settings:
/// `folder_specification`), or a plain path of one of these. MNIST and Fashion-MNIST: 55 000 / 5
/// 000 / 10 000 by a permutation of `split_seed`; MNIST 10k: 8 000 / 1 000 / 1 000 by a fixed seed;
/// the others 80 / 10 / 10 %. Throws Error{DatasetNotFound, DatasetCorrupt, Cancelled}; the
/// sentence names the file. Also Error{InvalidConfig} for settings that the source does not know.
DataSplit load_data(const std::string& specification, const DataOptions& options = {},
                    const ProgressFunction& progress = {}, std::stop_token stop = {});

/// Brings a fetchable data set into the user's data folder, atomically and SHA-256 checked.
/// Throws Error{NetworkFailed, WriteFailed, DatasetCorrupt, Cancelled}; a failed fetch leaves what
/// was there before.
void fetch_data(const std::string& id, const ProgressFunction& progress = {},
                std::stop_token stop = {});

/// `$XDG_DATA_HOME/latent-studio`, by default `~/.local/share/latent-studio`.
std::filesystem::path user_data_directory();

/// Where the program's own shipped files are: `$LATENT_RESOURCES` (for tests), beside the
/// installed program, or the source tree it was built from.
std::filesystem::path resource_directory();

}  // namespace latent
