#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "io/colour_palette.h"
#include "latent/atomic_file.h"
#include "latent/error.h"
#include "latent/pictures.h"

namespace latent {
namespace {

int append(GifFileType* gif, const GifByteType* bytes, int count) {
  static_cast<std::string*>(gif->UserData)
      ->append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
  return count;
}

class Writer {
 public:
  explicit Writer(const std::filesystem::path& path) : path_(path) {
    int code = 0;
    gif_ = EGifOpen(&bytes_, append, &code);
    if (gif_ == nullptr) fail(code);
    EGifSetGifVersion(gif_, true);  // 89a: delays and the loop
  }
  ~Writer() {
    int code = 0;
    if (gif_ != nullptr) EGifCloseFile(gif_, &code);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void check(int result) const {
    if (result == GIF_ERROR) fail(gif_->Error);
  }
  GifFileType* get() const { return gif_; }
  const std::string& finish() {
    int code = 0;
    GifFileType* gif = std::exchange(gif_, nullptr);
    if (EGifCloseFile(gif, &code) == GIF_ERROR) fail(code);
    return bytes_;
  }

 private:
  [[noreturn]] void fail(int code) const {
    const char* reason = GifErrorString(code);
    throw Error(ErrorCode::WriteFailed,
                "Cannot write " + path_.string() + ": the animation could not be compressed.",
                reason != nullptr ? reason : "");
  }

  std::filesystem::path path_;
  std::string bytes_;
  GifFileType* gif_ = nullptr;
};

void put_loop_forever(const Writer& writer) {
  constexpr std::array<GifByteType, 3> kEndless = {1, 0, 0};
  writer.check(EGifPutExtensionLeader(writer.get(), APPLICATION_EXT_FUNC_CODE));
  writer.check(EGifPutExtensionBlock(writer.get(), 11, "NETSCAPE2.0"));
  writer.check(EGifPutExtensionBlock(writer.get(), kEndless.size(), kEndless.data()));
  writer.check(EGifPutExtensionTrailer(writer.get()));
}

}  // namespace

void write_gif(const std::filesystem::path& path, const std::vector<Picture>& frames, int delay,
               const std::stop_token& stop) {
  constexpr int kMostGifSide = 65535;
  if (frames.empty()) {
    throw Error(ErrorCode::WriteFailed, "Cannot write " + path.string() + ": there are no frames.");
  }
  const Picture& first = frames.front();
  for (const Picture& frame : frames) {
    const auto values = std::int64_t{frame.width} * frame.height * frame.channels;
    if (frame.width < 1 || frame.height < 1 || frame.width > kMostGifSide ||
        frame.height > kMostGifSide || (frame.channels != 1 && frame.channels != 3) ||
        values != static_cast<std::int64_t>(frame.pixels.size()) || frame.width != first.width ||
        frame.height != first.height) {
      throw Error(ErrorCode::WriteFailed,
                  "Cannot write " + path.string() + ": its frames are not pictures of one size.");
    }
  }

  const ColourPalette palette(frames);
  const std::unique_ptr<ColorMapObject, decltype(&GifFreeMapObject)> colours(
      GifMakeMapObject(256, nullptr), &GifFreeMapObject);
  if (colours == nullptr) {
    throw Error(ErrorCode::OutOfMemory, "There is not enough memory to write an animation.");
  }
  for (std::size_t i = 0; i < 256; ++i) {
    const auto& [red, green, blue] = palette.colours()[i];
    colours->Colors[i] = {red, green, blue};
  }

  Writer writer(path);
  writer.check(EGifPutScreenDesc(writer.get(), first.width, first.height, 8, 0, colours.get()));
  put_loop_forever(writer);
  GraphicsControlBlock control = {};
  control.DisposalMode = DISPOSE_DO_NOT;
  control.DelayTime = std::clamp(delay, 0, 65535);
  control.TransparentColor = NO_TRANSPARENT_COLOR;
  std::array<GifByteType, 4> extension = {};
  EGifGCBToExtension(&control, extension.data());
  for (const Picture& frame : frames) {
    if (stop.stop_requested()) {
      throw Error(ErrorCode::Cancelled, path.string() + " was not written: it was cancelled.");
    }
    writer.check(
        EGifPutExtension(writer.get(), GRAPHICS_EXT_FUNC_CODE, extension.size(), extension.data()));
    writer.check(EGifPutImageDesc(writer.get(), 0, 0, frame.width, frame.height, false, nullptr));
    std::vector<std::uint8_t> indices = palette.indices_of(frame);
    for (int row = 0; row < frame.height; ++row) {
      writer.check(EGifPutLine(
          writer.get(), indices.data() + static_cast<std::size_t>(row) * frame.width, frame.width));
    }
  }
  const std::string& bytes = writer.finish();
  write_atomically(path, [&](std::ostream& out) {
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  });
}

}  // namespace latent
