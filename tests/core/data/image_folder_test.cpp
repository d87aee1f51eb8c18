#include "data/image_import.h"
#include "latent/data_catalogue.h"
#include "support/data_files.h"

using namespace latent;
using namespace latent::test;
namespace fs = std::filesystem;

namespace {

Picture flat(int width, int height, Bytes colour) {
  Picture picture{width, height, static_cast<int>(colour.size()), {}};
  for (int i = 0; i < width * height; ++i) {
    picture.pixels.insert(picture.pixels.end(), colour.begin(), colour.end());
  }
  return picture;
}

/// `count` pictures of a class, each 28 × 28 and of one grey.
void put_class(const fs::path& folder, int count, std::uint8_t grey) {
  for (int i = 0; i < count; ++i) {
    write_png(folder / (std::to_string(100 + i) + ".png"), flat(28, 28, {grey}));
  }
}

DataSplit load_folder(const fs::path& folder, const ImageImport& image_import = {}) {
  DataOptions options;
  options.image_import = image_import;
  return load_data("folder:" + folder.string(), options);
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE("sub-folders are classes, sorted by name", "[data]") {
  const ScratchFolder folder;
  put_class(folder / "dogs", 10, 200);
  put_class(folder / "cats", 10, 50);
  const DataSplit split = load_folder(folder.path());
  CHECK(split.train->class_names == std::vector<std::string>{"cats", "dogs"});
  CHECK(split.train->size() + split.validation->size() + split.test->size() == 20);
  CHECK(split.warnings.empty());
  CHECK(split.title == folder.path().filename().string());
  for (std::int64_t i = 0; i < split.train->size(); ++i) {
    const int label = split.train->labels[static_cast<std::size_t>(i)];
    CHECK(split.train->image(i)[0] == (label == 0 ? 50 : 200));
  }
  CHECK(load_data(folder.path().string()).fingerprint == split.fingerprint);
}

TEST_CASE("broken pictures are left out and named, the rest is kept", "[data]") {
  const ScratchFolder folder;
  put_class(folder / "a", 10, 50);
  put_class(folder / "b", 10, 60);
  put_file(folder / "a/broken.png", {1, 2, 3});
  put_file(folder / "b/empty.jpg", {});
  const DataSplit split = load_folder(folder.path());
  CHECK(split.train->size() + split.validation->size() + split.test->size() == 20);
  CHECK(split.warnings.size() == 2);
  CHECK(missing_from(joined(split.warnings), {"a/broken.png", "b/empty.jpg", "left out"}).empty());
}

TEST_CASE("many broken pictures are counted, not all named", "[data]") {
  const ScratchFolder folder;
  put_class(folder.path(), 12, 50);
  for (int i = 0; i < 30; ++i) put_file(folder / ("x" + std::to_string(i) + ".png"), {1});
  const DataSplit split = load_folder(folder.path());
  CHECK(split.warnings.size() == 21);
  CHECK(missing_from(split.warnings.back(), {"10 more pictures"}).empty());
}

TEST_CASE("pictures of many sizes are brought to one, and that is said", "[data]") {
  const ScratchFolder folder;
  put_class(folder.path(), 12, 50);
  write_png(folder / "wide.png", flat(90, 30, {50}));
  write_png(folder / "small.png", flat(5, 5, {50}));
  const DataSplit split = load_folder(folder.path());
  CHECK(split.train->class_names.empty());
  CHECK(split.train->labels[0] == -1);
  CHECK(missing_from(joined(split.warnings), {"3 different sizes", "28 × 28"}).empty());
  CHECK(split.train->images == Bytes(split.train->images.size(), 50));
}

TEST_CASE("one class is taken, and that it is alone is said", "[data]") {
  const ScratchFolder folder;
  put_class(folder / "only", 10, 50);
  put_class(folder.path(), 3, 9);
  fs::create_directory(folder / "nothing");
  const DataSplit split = load_folder(folder.path());
  CHECK(split.train->class_names == std::vector<std::string>{"only"});
  CHECK(missing_from(joined(split.warnings),
                     {"one class only, only", "3 pictures in no sub-folder", "sub-folder nothing"})
            .empty());
}

TEST_CASE("a folder without pictures, or only broken ones, says that nothing was taken", "[data]") {
  const ScratchFolder folder;
  put_file(folder / "notes.txt", {'h', 'i'});
  const Error none = error_of([&] { load_folder(folder.path()); });
  CHECK(none.code() == ErrorCode::DatasetCorrupt);
  CHECK(missing_from(none.what(), {folder.path().string(), "no PNG or JPEG"}).empty());
  put_file(folder / "a.png", {1});
  put_file(folder / "b.png", {1});
  CHECK(missing_from(error_of([&] { load_folder(folder.path()); }).what(),
                     {"None of the 2 pictures", "nothing was taken", "a.png"})
            .empty());
  CHECK(error_of([&] { load_folder(folder / "missing"); }).code() == ErrorCode::DatasetNotFound);
}

TEST_CASE("import crops to the middle, fits, inverts and keeps colour", "[data]") {
  // Black, with a white square in the middle that fills the height.
  Picture picture = flat(30, 10, {0});
  for (int y = 0; y < 10; ++y) {
    for (int x = 10; x < 20; ++x) picture.pixels[static_cast<std::size_t>(y * 30 + x)] = 255;
  }
  ImageImport to{8, 8, false, false, true};
  Bytes pixels(64);
  import_picture(picture, to, pixels);
  CHECK(pixels == Bytes(64, 255));
  to.invert = true;
  import_picture(picture, to, pixels);
  CHECK(pixels == Bytes(64, 0));
  to = {8, 8, false, false, false};
  import_picture(picture, to, pixels);
  CHECK(pixels[0] == 0);
  CHECK(pixels[4 * 8] == 0);
  CHECK(int{pixels[4 * 8 + 4]} > 180);

  to = {4, 4, true, false, true};
  Bytes planes(48);
  import_picture(flat(6, 6, {10, 20, 30}), to, planes);
  CHECK(planes[0] == 10);
  CHECK(planes[16] == 20);
  CHECK(planes[32] == 30);
}

TEST_CASE("colour and size are what was asked for, and part of the fingerprint", "[data]") {
  const ScratchFolder folder;
  for (int i = 0; i < 12; ++i) {
    fs::copy_file(fs::path(LATENT_TEST_DATA) / "red-blue.jpg",
                  folder / (std::to_string(i) + ".JPG"));
  }
  const DataSplit grey = load_folder(folder.path());
  const DataSplit colour = load_folder(folder.path(), {64, 64, true, false, true});
  CHECK(grey.train->shape == ImageShape{1, 28, 28});
  CHECK(colour.train->shape == ImageShape{3, 64, 64});
  CHECK(grey.fingerprint != colour.fingerprint);
  CHECK(error_of([&] {
          load_folder(folder.path(), {0, 5, false, false, true});
        }).code() == ErrorCode::InvalidConfig);
}

TEST_CASE("a preview shows pictures from the whole folder as they will be taken", "[data]") {
  const ScratchFolder folder;
  put_class(folder / "a", 10, 10);
  put_class(folder / "b", 10, 240);
  put_file(folder / "b/999.png", {1});
  const ImagePreview preview = preview_images(folder.path(), {16, 16, false, true, true}, 4);
  CHECK(preview.total == 21);
  CHECK(preview.shape == ImageShape{1, 16, 16});
  CHECK(preview.class_names == std::vector<std::string>{"a", "b"});
  REQUIRE(preview.names.size() == 4);
  CHECK(preview.names[0] == "a/100.png");
  CHECK(preview.images.front() == 245);
  CHECK(preview.images.back() == 15);
  CHECK(preview_images(folder.path(), {}, 100).names.size() == 20);
  CHECK(
      missing_from(joined(preview_images(folder.path(), {}, 100).warnings), {"b/999.png"}).empty());
}

TEST_CASE("reading a folder can be cancelled", "[data]") {
  const ScratchFolder folder;
  put_class(folder.path(), 200, 10);
  std::stop_source stop;
  const Error error = error_of([&] {
    load_data(
        folder.path().string(), {}, [&](auto, auto, const auto&) { stop.request_stop(); },
        stop.get_token());
  });
  CHECK(error.code() == ErrorCode::Cancelled);
}

TEST_CASE("a folder's specification says how its pictures are taken", "[data]") {
  CHECK(folder_specification("/a/b", {}) == "folder:/a/b");
  const ImageImport wish{
      .height = 64, .width = 48, .colour = true, .invert = true, .crop_to_square = false};
  CHECK(folder_specification("/a/b", wish) == "folder[64x48,colour,invert,fit]:/a/b");

  const ScratchFolder folder;
  put_class(folder / "a", 10, 50);
  put_class(folder / "b", 10, 60);
  const std::string specification = folder_specification(folder.path(), wish);
  const DataSplit split = load_data(specification);
  CHECK(split.id == specification);
  CHECK(split.train->shape == ImageShape{3, 64, 48});
  CHECK(split.train->image(0)[0] >= 195);  // 50 or 60, inverted
  CHECK(split.fingerprint == load_folder(folder.path(), wish).fingerprint);
}

TEST_CASE("settings that a source does not know are refused by name", "[data]") {
  const ScratchFolder folder;
  put_class(folder / "a", 10, 50);
  const auto said = [](const std::string& specification) {
    try {
      load_data(specification);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::InvalidConfig);
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  CHECK_THAT(said("folder[64x64,purple]:" + folder.path().string()),
             ContainsSubstring("'purple'") && ContainsSubstring("colour, invert or fit"));
  CHECK_THAT(said("folder[64x]:" + folder.path().string()), ContainsSubstring("'64x'"));
  CHECK_THAT(said("folder[2x64]:" + folder.path().string()), ContainsSubstring("4 to 1024"));
  CHECK_THAT(said("npz[64x64]:/nowhere.npz"), ContainsSubstring("takes no settings"));
}
