#pragma once

#include <QtGlobal>
#include <filesystem>
#include <vector>

#include "latent/dataset.h"
#include "ui/explorer_service.h"

namespace latent::ui {

/// What some test pictures have in common.
struct SelectionSummary {
  qint64 count = 0;
  std::vector<qint64> perClass;  ///< [K]
  qint64 unlabelled = 0;
  qint64 encoded = 0;            ///< of them have a code
  std::vector<float> mean;       ///< [L] of the codes; empty when none has one
  std::vector<float> deviation;  ///< [L] standard deviation
  std::vector<float> picture;    ///< [D] mean picture, 0 … 1
};

/// `frame` may be null: then there are no codes. `indices`: rows of the test part.
SelectionSummary summarize(const MapFrame* frame, const Dataset& test,
                           const std::vector<qint64>& indices);

/// test_index, source_index, label, class and the code of each selected picture, as CSV; the code
/// is empty where the picture has none yet. Throws Error{WriteFailed}.
void writeSelectionCsv(const std::filesystem::path& path, const MapFrame& frame,
                       const DataSplit& data, const std::vector<qint64>& indices);

}  // namespace latent::ui
