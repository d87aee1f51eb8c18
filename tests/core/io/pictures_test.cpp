#include "latent/pictures.h"

#include "io/colour_palette.h"
#include "io/picture_codecs.h"
#include "io/resample.h"
#include "support/data_files.h"

using namespace latent;
using namespace latent::test;
namespace fs = std::filesystem;

namespace {

const fs::path kData = LATENT_TEST_DATA;

Picture checks(int width, int height, int channels) {
  Picture picture{width, height, channels, {}};
  picture.pixels = counting(static_cast<std::size_t>(width * height * channels));
  return picture;
}

}  // namespace

TEST_CASE("a PNG is read as it was written, grey and colour", "[io]") {
  const ScratchFolder folder;
  for (const int channels : {1, 3}) {
    const Picture picture = checks(31, 7, channels);
    write_png(folder / "a.png", picture);
    const Picture again = read_picture(folder / "a.png", channels == 3);
    CHECK(again.width == 31);
    CHECK(again.height == 7);
    CHECK(again.channels == channels);
    CHECK(again.pixels == picture.pixels);
  }
}

TEST_CASE("transparency is laid over white", "[io]") {
  const Picture picture = read_picture(kData / "half-transparent.png", false);
  REQUIRE(picture.pixels.size() == 64);
  CHECK(picture.pixels[0] == 0);
  CHECK(picture.pixels[7] == 255);
}

TEST_CASE("a JPEG is read in colour and in grey", "[io]") {
  const Picture colour = read_picture(kData / "red-blue.jpg", true);
  REQUIRE(colour.width == 40);
  REQUIRE(colour.height == 24);
  REQUIRE(colour.channels == 3);
  CHECK(std::abs(colour.pixels[0] - 200) < 12);
  CHECK(std::abs(colour.pixels[39 * 3 + 2] - 200) < 12);
  const Picture grey = read_picture(kData / "red-blue.jpg", false);
  CHECK(grey.channels == 1);
  CHECK(std::abs(grey.pixels[0] - 81) < 6);  // 0.299·200 + 0.587·30 + 0.114·30
}

TEST_CASE("a JPEG may be decoded smaller, but not below what is asked for", "[io]") {
  const Bytes bytes = get_file(kData / "red-blue.jpg");
  PictureSize full;
  const Picture small = decode_jpeg(bytes, true, "x", 10, &full);
  CHECK(full == PictureSize{40, 24});
  CHECK(small.width == 20);
  CHECK(small.height == 12);
}

TEST_CASE("truncated and foreign pictures are named", "[io]") {
  const ScratchFolder folder;
  write_png(folder / "whole.png", checks(40, 40, 3));
  for (const fs::path& source : {folder / "whole.png", kData / "red-blue.jpg"}) {
    const Bytes whole = get_file(source);
    for (const std::size_t size : {whole.size() / 4, whole.size() / 2, whole.size() * 4 / 5}) {
      put_file(folder / "cut", Bytes(whole.begin(), whole.begin() + static_cast<long>(size)));
      const Error error = error_of([&] { read_picture(folder / "cut", true); });
      CHECK(error.code() == ErrorCode::DatasetCorrupt);
      CHECK(missing_from(error.what(), {(folder / "cut").string()}).empty());
    }
  }
  put_file(folder / "text.png", {'h', 'i'});
  CHECK(missing_from(error_of([&] { read_picture(folder / "text.png", true); }).what(),
                     {"text.png", "neither a PNG nor a JPEG"})
            .empty());
  CHECK(error_of([&] { read_picture(folder / "none.png", true); }).code() ==
        ErrorCode::DatasetCorrupt);
  CHECK(error_of([&] { read_picture(kData / "cmyk.jpg", true); }).code() ==
        ErrorCode::DatasetCorrupt);
}

TEST_CASE("a PNG that claims more pixels than its bytes can hold is refused", "[io]") {
  const ScratchFolder folder;
  write_png(folder / "a.png", checks(4, 4, 1));
  Bytes bytes = get_file(folder / "a.png");
  for (const std::size_t at : {18U, 22U}) bytes[at] = 0xff;  // 65 284 pixels a side
  const std::uint32_t crc = static_cast<std::uint32_t>(crc32(0, bytes.data() + 12, 17));
  for (std::size_t i = 0; i < 4; ++i)
    bytes[29 + i] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
  put_file(folder / "b.png", bytes);
  CHECK(missing_from(error_of([&] { read_picture(folder / "b.png", false); }).what(),
                     {"b.png", "65284 × 65284"})
            .empty());
}

TEST_CASE("tiles stand in rows, apart, enlarged, clamped to 0 … 1", "[io]") {
  const std::vector<float> pixels = {0.0F, 1.0F, 0.5F, 2.0F, -1.0F, std::nanf("")};
  const Picture picture = tile_pictures(pixels, {1, 1, 2}, 2, 1, 2, 9);
  REQUIRE(picture.width == 2 * 4 + 1);
  REQUIRE(picture.height == 2 * 2 + 1);
  const Bytes first_row = {0, 0, 255, 255, 9, 128, 128, 255, 255};
  const Bytes gap(9, 9);
  const Bytes last_row = {0, 0, 0, 0, 9, 9, 9, 9, 9};
  Bytes expected;
  for (const Bytes& row : {first_row, first_row, gap, last_row, last_row}) {
    expected.insert(expected.end(), row.begin(), row.end());
  }
  CHECK(picture.pixels == expected);
}

TEST_CASE("planes of colour become interleaved pixels", "[io]") {
  const Bytes planes = {1, 2, 3, 4, 5, 6};
  CHECK(tile_pictures(std::span<const std::uint8_t>(planes), {3, 1, 2}, 1, 0).pixels ==
        Bytes{1, 3, 5, 2, 4, 6});
  CHECK(error_of([&] {
          tile_pictures(std::span<const std::uint8_t>(planes), {2, 1, 3}, 1);
        }).code() == ErrorCode::ShapeMismatch);
}

TEST_CASE("a GIF holds its frames, loops for ever, and keeps every grey", "[io]") {
  const ScratchFolder folder;
  write_gif(folder / "a.gif", {checks(20, 10, 1), checks(20, 10, 1), checks(20, 10, 1)}, 7);
  const Bytes bytes = get_file(folder / "a.gif");
  const std::string text(bytes.begin(), bytes.end());
  CHECK(text.substr(0, 6) == "GIF89a");
  CHECK(bytes[6] == 20);
  CHECK(bytes[8] == 10);
  CHECK(text.find("NETSCAPE2.0") != std::string::npos);
  std::size_t frames = 0;
  for (std::size_t at = text.find("\x21\xf9\x04"); at != std::string::npos;
       at = text.find("\x21\xf9\x04", at + 1)) {
    CHECK(bytes[at + 4] == 7);
    ++frames;
  }
  CHECK(frames == 3);
  CHECK(error_of([&] { write_gif(folder / "b.gif", {}, 7); }).code() == ErrorCode::WriteFailed);
  CHECK(error_of([&] {
          write_gif(folder / "b.gif", {checks(2, 2, 1), checks(3, 2, 1)}, 7);
        }).code() == ErrorCode::WriteFailed);
}

TEST_CASE("a GIF that is cancelled leaves the file that was there", "[io]") {
  const ScratchFolder folder;
  write_gif(folder / "a.gif", {checks(20, 10, 1)}, 7);
  const Bytes before = get_file(folder / "a.gif");
  std::stop_source stop;
  stop.request_stop();
  CHECK(error_of([&] {
          write_gif(folder / "a.gif", {checks(8, 8, 1), checks(8, 8, 1)}, 7, stop.get_token());
        }).code() == ErrorCode::Cancelled);
  CHECK(get_file(folder / "a.gif") == before);
}

TEST_CASE("a palette of few colours is exact, of many it is close", "[io]") {
  Picture few{3, 1, 3, {250, 0, 0, 0, 250, 0, 10, 20, 240}};
  const ColourPalette exact({few});
  const auto indices = exact.indices_of(few);
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      CHECK(exact.colours()[indices[i]][c] == few.pixels[i * 3 + c]);
    }
  }
  Picture many{64, 64, 3, {}};
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      for (const int value : {x * 4, y * 4, 128}) {
        many.pixels.push_back(static_cast<std::uint8_t>(value));
      }
    }
  }
  const ColourPalette close({many});
  const auto chosen = close.indices_of(many);
  double error = 0;
  for (std::size_t i = 0; i < many.pixels.size(); ++i) {
    error += std::abs(close.colours()[chosen[i / 3]][i % 3] - many.pixels[i]);
  }
  CHECK(error / static_cast<double>(many.pixels.size()) < 4.0);
}

TEST_CASE("scaling keeps a flat picture flat and the mean of a fine pattern", "[io]") {
  const Picture flat{9, 5, 1, Bytes(45, 77)};
  CHECK(resample(flat, 4, 12).pixels == Bytes(48, 77));
  Picture fine{64, 64, 1, {}};
  for (int i = 0; i < 64 * 64; ++i) {
    fine.pixels.push_back(((i % 64) + (i / 64)) % 2 == 0 ? 255 : 0);
  }
  for (const std::uint8_t value : resample(fine, 8, 8).pixels) CHECK(std::abs(value - 127) <= 4);
}
