#include "ui/selection_summary.h"

#include <cmath>
#include <ostream>
#include <string>

#include "latent/atomic_file.h"
#include "ui/csv.h"

namespace latent::ui {

SelectionSummary summarize(const MapFrame* frame, const Dataset& test,
                           const std::vector<qint64>& indices) {
  SelectionSummary summary;
  summary.perClass.resize(test.class_names.size());
  const auto pixels = static_cast<std::size_t>(test.shape.pixels());
  std::vector<double> picture(pixels);
  const std::size_t dims = frame != nullptr ? static_cast<std::size_t>(frame->latentDim) : 0;
  std::vector<double> sum(dims);
  std::vector<double> squares(dims);
  for (const qint64 index : indices) {
    if (index < 0 || index >= test.size()) continue;
    ++summary.count;
    const int label = test.labels[static_cast<std::size_t>(index)];
    if (label >= 0 && static_cast<std::size_t>(label) < summary.perClass.size()) {
      ++summary.perClass[static_cast<std::size_t>(label)];
    } else {
      ++summary.unlabelled;
    }
    const auto image = test.image(index);
    for (std::size_t p = 0; p < pixels; ++p) picture[p] += image[p];
    if (frame == nullptr || static_cast<std::size_t>(index) >= frame->size()) continue;
    const float* code = frame->codes->data() + static_cast<std::size_t>(index) * dims;
    if (dims == 0 || !std::isfinite(code[0])) continue;
    ++summary.encoded;
    for (std::size_t l = 0; l < dims; ++l) {
      sum[l] += code[l];
      squares[l] += double(code[l]) * code[l];
    }
  }
  if (summary.encoded > 0) {
    const auto count = static_cast<double>(summary.encoded);
    for (std::size_t l = 0; l < dims; ++l) {
      const double mean = sum[l] / count;
      summary.mean.push_back(static_cast<float>(mean));
      summary.deviation.push_back(
          static_cast<float>(std::sqrt(std::max(0.0, squares[l] / count - mean * mean))));
    }
  }
  if (summary.count > 0) {
    for (const double value : picture) {
      summary.picture.push_back(
          static_cast<float>(value / (255.0 * static_cast<double>(summary.count))));
    }
  }
  return summary;
}

void writeSelectionCsv(const std::filesystem::path& path, const MapFrame& frame,
                       const DataSplit& data, const std::vector<qint64>& indices) {
  write_atomically(path, [&](std::ostream& out) {
    out << "test_index,source_index,label,class";
    for (int l = 0; l < frame.latentDim; ++l) out << ",z" << l + 1;
    out << '\n';
    for (const qint64 index : indices) {
      if (index < 0 || index >= data.test->size()) continue;
      const auto row = static_cast<std::size_t>(index);
      const int label = data.test->labels[row];
      out << index << ',' << (row < data.test_index.size() ? data.test_index[row] : -1) << ','
          << label << ',';
      if (label >= 0 && static_cast<std::size_t>(label) < data.test->class_names.size()) {
        out << csvField(data.test->class_names[static_cast<std::size_t>(label)]);
      }
      const std::vector<float> code = frame.code(index);
      for (int l = 0; l < frame.latentDim; ++l) {
        out << ',';
        const auto at = static_cast<std::size_t>(l);
        if (at < code.size() && std::isfinite(code[at])) out << code[at];
      }
      out << '\n';
    }
  });
}

}  // namespace latent::ui
