#include <algorithm>
#include <charconv>
#include <sstream>
#include <string>

#include "data/data_source.h"
#include "data/glyph_strokes.h"
#include "data/random_stream.h"
#include "data/split.h"
#include "io/sha256.h"
#include "latent/error.h"

namespace latent {
namespace {

constexpr std::uint64_t kDrawSeed = 1789;

struct Range {
  float low;
  float high;
};
constexpr Range kSlant = {-0.15F, 0.45F};
constexpr Range kStrokeWidth = {1.6F, 3.6F};
constexpr Range kScale = {0.75F, 1.05F};
constexpr Range kShift = {-2.5F, 2.5F};

/// Digits that the program draws itself. Every difference between two pictures is one of six known
/// factors, each drawn independently and uniformly: the ground truth for disentanglement scores.
class Glyphs : public DataSource {
 public:
  DataSourceInfo info() const override {
    DataSourceInfo info;
    info.id = "glyphs";
    info.title = "Glyphs";
    info.description =
        "Digits drawn by the program, with known class, slant, stroke width, scale and position";
    info.origin = "Drawn by this program; no file, no licence to heed";
    info.available = true;
    return info;
  }

  void configure(const std::string& settings, DataOptions& options) const override {
    std::istringstream words(settings);
    for (std::string word; std::getline(words, word, ',');) {
      const std::size_t sign = std::min(word.find('='), word.size());
      const std::string name = word.substr(0, sign);
      const char* const first = word.data() + std::min(sign + 1, word.size());
      const char* const last = word.data() + word.size();
      int value = 0;
      const auto read = std::from_chars(first, last, value);
      const bool whole = read.ec == std::errc{} && read.ptr == last;
      if (whole && name == "count") {
        options.glyph_count = value;
      } else if (whole && name == "size") {
        options.glyph_size = value;
      } else {
        throw Error(ErrorCode::InvalidConfig,
                    "'" + word +
                        "' is no setting of Glyphs: expected count=N or size=N, as in "
                        "glyphs[count=5000,size=64].");
      }
    }
  }

  DataSplit load(const std::string&, const DataOptions& options, const ProgressFunction& progress,
                 std::stop_token stop) const override {
    constexpr int kMostGlyphs = 1'000'000;
    constexpr std::int64_t kMostBytes = std::int64_t{4} << 30;
    if (options.glyph_count < 10 || options.glyph_count > kMostGlyphs || options.glyph_size < 8 ||
        options.glyph_size > 512 ||
        std::int64_t{options.glyph_size} * options.glyph_size * options.glyph_count > kMostBytes) {
      throw Error(ErrorCode::InvalidConfig,
                  "Glyphs can be 8 to 512 pixels wide and 10 to 1 000 000 in number, 4 GiB in all; "
                  "asked for were " +
                      std::to_string(options.glyph_count) + " of " +
                      std::to_string(options.glyph_size) + " pixels.");
    }
    Dataset all;
    all.shape = {1, options.glyph_size, options.glyph_size};
    const auto count = static_cast<std::size_t>(options.glyph_count);
    const auto pixels = static_cast<std::size_t>(all.shape.pixels());
    all.images.resize(count * pixels);
    all.labels.resize(count);
    for (int digit = 0; digit < 10; ++digit) all.class_names.push_back(std::to_string(digit));
    all.factors.names = {"class", "slant", "stroke width", "scale", "x", "y"};
    all.factors.values.reserve(count * all.factors.names.size());
    RandomStream random(kDrawSeed);
    for (std::size_t i = 0; i < count; ++i) {
      if (i % 1024 == 0) {
        stop_here_if_asked(stop);
        if (progress) progress(static_cast<std::int64_t>(i), options.glyph_count, "Drawing digits");
      }
      GlyphForm form;
      form.digit = static_cast<int>(random.below(10));
      form.slant = random.between(kSlant.low, kSlant.high);
      form.stroke_width = random.between(kStrokeWidth.low, kStrokeWidth.high);
      form.scale = random.between(kScale.low, kScale.high);
      form.x = random.between(kShift.low, kShift.high);
      form.y = random.between(kShift.low, kShift.high);
      draw_glyph(form, options.glyph_size, std::span(all.images).subspan(i * pixels, pixels));
      all.labels[i] = form.digit;
      all.factors.values.insert(all.factors.values.end(),
                                {static_cast<float>(form.digit), form.slant, form.stroke_width,
                                 form.scale, form.x, form.y});
    }
    DataSplit split = split_in_three(all, options.split_seed, "Glyphs");
    split.title = "Glyphs";
    Sha256 parameters;
    parameters.add("glyphs, drawing 1, count " + std::to_string(options.glyph_count) + ", size " +
                   std::to_string(options.glyph_size) + ", seed " + std::to_string(kDrawSeed));
    split.fingerprint = parameters.hex();
    return split;
  }
};

const DataSourceEntry glyphs_entry(40, std::make_unique<Glyphs>());

}  // namespace
}  // namespace latent
