#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdio>
#include <mutex>
#include <sstream>
#include <thread>

#include "data/corrupt.h"
#include "data/data_source.h"
#include "data/image_import.h"
#include "data/split.h"
#include "io/file_bytes.h"
#include "latent/error.h"

namespace latent {
namespace {

namespace fs = std::filesystem;

struct Found {
  fs::path path;
  std::int32_t label = -1;
};

struct Listing {
  std::vector<Found> pictures;
  std::vector<std::string> class_names;
  std::vector<std::string> warnings;
};

bool is_picture_name(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename().string().front() != '.') paths.push_back(entry->path());
  }
  if (error) {
    throw Error(ErrorCode::DatasetNotFound,
                "Cannot read the folder " + folder.string() + ": " + error.message() + ".");
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<fs::path> pictures_in(const std::vector<fs::path>& entries) {
  std::vector<fs::path> pictures;
  std::error_code error;
  for (const fs::path& path : entries) {
    if (is_picture_name(path) && fs::is_regular_file(path, error)) pictures.push_back(path);
  }
  return pictures;
}

Listing list_pictures(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw Error(ErrorCode::DatasetNotFound, "There is no folder " + folder.string() + ".");
  }
  Listing listing;
  const std::vector<fs::path> entries = sorted_entries(folder);
  const std::vector<fs::path> loose = pictures_in(entries);
  for (const fs::path& entry : entries) {
    if (!fs::is_directory(entry, error)) continue;
    const std::vector<fs::path> pictures = pictures_in(sorted_entries(entry));
    if (pictures.empty()) {
      listing.warnings.push_back("The sub-folder " + entry.filename().string() +
                                 " holds no PNG or JPEG pictures and was left out.");
      continue;
    }
    const auto label = static_cast<std::int32_t>(listing.class_names.size());
    listing.class_names.push_back(entry.filename().string());
    for (const fs::path& path : pictures) listing.pictures.push_back({path, label});
  }
  if (listing.class_names.empty()) {
    if (loose.empty()) {
      corrupt(folder.string() +
              " holds no PNG or JPEG pictures, neither itself nor in its sub-folders.");
    }
    for (const fs::path& path : loose) listing.pictures.push_back({path, -1});
    listing.warnings.clear();
    return listing;
  }
  if (!loose.empty()) {
    listing.warnings.push_back(std::to_string(loose.size()) +
                               " pictures in no sub-folder were left out, for the sub-folders are "
                               "the classes.");
  }
  if (listing.class_names.size() == 1) {
    listing.warnings.push_back("There is one class only, " + listing.class_names[0] +
                               ": its pictures are taken, but there is nothing to tell apart.");
  }
  return listing;
}

/// Reads pictures into the slots of one array, with as many threads as there are cores.
class Reader {
 public:
  Reader(const std::vector<Found>& pictures, const ImageImport& image_import)
      : pictures_(pictures),
        import_(image_import),
        shape_{image_import.colour ? 3 : 1, image_import.height, image_import.width},
        pixels_(pictures.size() * static_cast<std::size_t>(shape_.pixels())),
        sizes_(pictures.size()),
        problems_(pictures.size()) {}

  void read(const ProgressFunction& progress, const std::stop_token& stop) {
    std::vector<std::jthread> helpers;
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    for (std::size_t i = 1; i < std::min(cores, pictures_.size()); ++i) {
      helpers.emplace_back([this](const std::stop_token& done) { work(done, {}); });
    }
    work(stop, progress);
    if (stop.stop_requested()) {
      for (std::jthread& helper : helpers) helper.request_stop();
    }
    helpers.clear();
    if (failure_) std::rethrow_exception(failure_);
    stop_here_if_asked(stop);
  }

  const ImageShape& shape() const { return shape_; }
  bool taken(std::size_t index) const { return problems_[index].empty(); }
  const std::string& problem(std::size_t index) const { return problems_[index]; }
  PictureSize size(std::size_t index) const { return sizes_[index]; }
  std::span<const std::uint8_t> pixels(std::size_t index) const {
    const auto count = static_cast<std::size_t>(shape_.pixels());
    return std::span(pixels_).subspan(index * count, count);
  }

 private:
  void work(const std::stop_token& stop, const ProgressFunction& progress) {
    try {
      for (std::size_t index = next_++; index < pictures_.size(); index = next_++) {
        if (stop.stop_requested()) return;
        read_one(index);
        if (progress) {
          progress(static_cast<std::int64_t>(index) + 1,
                   static_cast<std::int64_t>(pictures_.size()), "Reading pictures");
        }
      }
    } catch (...) {
      next_ = pictures_.size();
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
  }

  void read_one(std::size_t index) {
    const std::string name = pictures_[index].path.string();
    const auto count = static_cast<std::size_t>(shape_.pixels());
    try {
      // Twice the size is enough for the scaling that follows, and saves most of a photograph.
      const Picture picture =
          decode_picture(read_file(name), import_.colour, name,
                         2 * std::max(import_.height, import_.width), &sizes_[index]);
      import_picture(picture, import_, std::span(pixels_).subspan(index * count, count));
    } catch (const Error& error) {
      if (error.code() == ErrorCode::OutOfMemory) throw;
      problems_[index] = error.what();
    }
  }

  const std::vector<Found>& pictures_;
  ImageImport import_;
  ImageShape shape_;
  std::vector<std::uint8_t> pixels_;
  std::vector<PictureSize> sizes_;
  std::vector<std::string> problems_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::exception_ptr failure_;
};

/// What became of the pictures, in sentences.
std::vector<std::string> warnings_about(const Reader& reader, std::size_t count) {
  std::vector<std::string> warnings;
  std::size_t broken = 0;
  std::vector<PictureSize> sizes;
  constexpr std::size_t kMostNamed = 20;
  constexpr std::size_t kMostSizes = 100;
  for (std::size_t i = 0; i < count; ++i) {
    if (!reader.taken(i)) {
      if (++broken <= kMostNamed) warnings.push_back(reader.problem(i) + " It was left out.");
    } else if (sizes.size() < kMostSizes &&
               std::find(sizes.begin(), sizes.end(), reader.size(i)) == sizes.end()) {
      sizes.push_back(reader.size(i));
    }
  }
  if (broken > kMostNamed) {
    warnings.push_back(std::to_string(broken - kMostNamed) +
                       " more pictures could not be read and were left out.");
  }
  if (sizes.size() > 1) {
    warnings.push_back("The pictures are of " +
                       (sizes.size() == kMostSizes ? "many" : std::to_string(sizes.size())) +
                       " different sizes; all were brought to " +
                       std::to_string(reader.shape().height) + " × " +
                       std::to_string(reader.shape().width) + ".");
  }
  return warnings;
}

void append(std::vector<std::string>& all, const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// A folder of the user's pictures.
class ImageFolder : public DataSource {
 public:
  DataSourceInfo info() const override {
    DataSourceInfo info;
    info.id = "folder";
    info.title = "Folder of pictures";
    return info;
  }
  bool takes_path() const override { return true; }
  bool recognises(const fs::path& path) const override {
    std::error_code error;
    return fs::is_directory(path, error);
  }

  void configure(const std::string& settings, DataOptions& options) const override {
    std::istringstream words(settings);
    for (std::string word; std::getline(words, word, ',');) {
      ImageImport& import = options.image_import;
      int height = 0;
      int width = 0;
      int read = 0;
      if (std::sscanf(word.c_str(), "%4dx%4d%n", &height, &width, &read) == 2 &&
          static_cast<std::size_t>(read) == word.size()) {
        import.height = height;
        import.width = width;
      } else if (word == "colour") {
        import.colour = true;
      } else if (word == "invert") {
        import.invert = true;
      } else if (word == "fit") {
        import.crop_to_square = false;
      } else {
        throw Error(ErrorCode::InvalidConfig,
                    "'" + word +
                        "' is no setting of a folder of pictures: expected HEIGHTxWIDTH, "
                        "colour, invert or fit, as in folder[64x64,colour]:DIR.");
      }
    }
  }

  DataSplit load(const std::string& argument, const DataOptions& options,
                 const ProgressFunction& progress, std::stop_token stop) const override {
    check_import(options.image_import);
    const fs::path folder(argument);
    Listing listing = list_pictures(folder);
    const std::int64_t bytes = std::int64_t{options.image_import.height} *
                               options.image_import.width * (options.image_import.colour ? 3 : 1) *
                               static_cast<std::int64_t>(listing.pictures.size());
    constexpr std::int64_t kMostBytes = std::int64_t{8} << 30;
    if (bytes > kMostBytes) {
      corrupt(argument + " holds " + std::to_string(listing.pictures.size()) +
              " pictures, which at this size take more than 8 GiB; choose a smaller size.");
    }
    Reader reader(listing.pictures, options.image_import);
    reader.read(progress, stop);

    Dataset all;
    all.shape = reader.shape();
    all.class_names = listing.class_names;
    for (std::size_t i = 0; i < listing.pictures.size(); ++i) {
      if (!reader.taken(i)) continue;
      const auto pixels = reader.pixels(i);
      all.images.insert(all.images.end(), pixels.begin(), pixels.end());
      all.labels.push_back(listing.pictures[i].label);
    }
    if (all.size() == 0) {
      corrupt("None of the " + std::to_string(listing.pictures.size()) + " pictures in " +
              argument + " can be read, so nothing was taken; the first: " + reader.problem(0));
    }
    append(listing.warnings, warnings_about(reader, listing.pictures.size()));
    DataSplit split = split_in_three(all, options.split_seed, argument);
    const fs::path named = folder.has_filename() ? folder : folder.parent_path();
    split.title = named.filename().string();
    split.fingerprint = fingerprint_of(all);
    split.warnings = std::move(listing.warnings);
    return split;
  }
};

const DataSourceEntry image_folder_entry(130, std::make_unique<ImageFolder>());

}  // namespace

std::string folder_specification(const fs::path& folder, const ImageImport& image_import) {
  const ImageImport plain;
  std::string settings;
  const auto add = [&](const std::string& word) {
    settings += (settings.empty() ? "" : ",") + word;
  };
  if (image_import.height != plain.height || image_import.width != plain.width) {
    add(std::to_string(image_import.height) + "x" + std::to_string(image_import.width));
  }
  if (image_import.colour) add("colour");
  if (image_import.invert) add("invert");
  if (!image_import.crop_to_square) add("fit");
  if (!settings.empty()) settings = "[" + settings + "]";
  return "folder" + settings + ":" + folder.string();
}

ImagePreview preview_images(const fs::path& folder, const ImageImport& image_import, int count) {
  check_import(image_import);
  const Listing listing = list_pictures(folder);
  ImagePreview preview;
  preview.total = static_cast<std::int64_t>(listing.pictures.size());
  preview.class_names = listing.class_names;
  preview.warnings = listing.warnings;
  std::vector<Found> chosen;
  const auto wanted = std::min<std::int64_t>(std::max(count, 0), preview.total);
  for (std::int64_t i = 0; i < wanted; ++i) {
    chosen.push_back(listing.pictures[static_cast<std::size_t>(i * preview.total / wanted)]);
  }
  Reader reader(chosen, image_import);
  reader.read({}, {});
  preview.shape = reader.shape();
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (!reader.taken(i)) continue;
    const auto pixels = reader.pixels(i);
    preview.images.insert(preview.images.end(), pixels.begin(), pixels.end());
    preview.names.push_back(chosen[i].path.lexically_relative(folder).string());
  }
  append(preview.warnings, warnings_about(reader, chosen.size()));
  return preview;
}

}  // namespace latent
