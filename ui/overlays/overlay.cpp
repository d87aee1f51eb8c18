#include "ui/overlays/overlay.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "latent/error.h"
#include "ui/overlays/decoder_stretch.h"
#include "ui/overlays/off_manifold.h"
#include "ui/overlays/posteriors.h"
#include "ui/overlays/prior.h"
#include "ui/overlays/quantiser.h"
#include "ui/overlays/shortest_path.h"

namespace latent::ui {
namespace {

constexpr std::size_t kDecodedAtOnce = 256;
constexpr int kOutlineCorners = 96;

}  // namespace

const std::vector<std::unique_ptr<Overlay>>& overlays() {
  static const auto all = [] {
    std::vector<std::unique_ptr<Overlay>> list;
    list.push_back(std::make_unique<DecoderStretchOverlay>());
    list.push_back(std::make_unique<OffManifoldOverlay>());
    list.push_back(std::make_unique<QuantiserOverlay>());
    list.push_back(std::make_unique<PosteriorsOverlay>());
    list.push_back(std::make_unique<PriorOverlay>());
    list.push_back(std::make_unique<ShortestPathOverlay>());
    return list;
  }();
  return all;
}

double computedSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void stopIfInterrupted(const std::function<bool()>& interrupted) {
  if (interrupted && interrupted()) throw Error(ErrorCode::Cancelled, "Cancelled.");
}

QString whyNoPlane(const OverlaySubject& subject) {
  if (!subject.weights) return Overlay::tr("There is no network yet.");
  if (subject.laidOut) return Overlay::tr("UMAP is no plane: choose another view of the map.");
  if (subject.model().latent_dim() / subject.model().code_steps() < 2) {
    return Overlay::tr("A code of one number lies on a line, not in a plane.");
  }
  return {};
}

int gridColumns(const OverlaySubject& subject, double cells) {
  const double shape = subject.view.width() / std::max(1e-9, subject.view.height());
  return std::max(2, static_cast<int>(std::sqrt(std::max(4.0, cells) * shape)));
}

int gridRows(const OverlaySubject& subject, int columns) {
  const double shape = subject.view.height() / std::max(1e-9, subject.view.width());
  return std::max(2, static_cast<int>(std::lround(columns * shape)));
}

std::vector<float> decodedPictures(const OverlaySubject& subject, std::span<const float> codes,
                                   const std::function<bool()>& interrupted) {
  const FrozenModel& model = subject.model();
  const auto dims = static_cast<std::size_t>(model.latent_dim());
  const auto pixels = static_cast<std::size_t>(model.shape().pixels());
  const std::size_t n = codes.size() / dims;
  std::vector<float> pictures(n * pixels);
  std::vector<std::int32_t> labels;
  for (std::size_t first = 0; first < n; first += kDecodedAtOnce) {
    stopIfInterrupted(interrupted);
    const std::size_t count = std::min(kDecodedAtOnce, n - first);
    if (model.info().conditional) labels.assign(count, std::max(0, subject.label));
    model.decode(codes.subspan(first * dims, count * dims), labels,
                 std::span{pictures}.subspan(first * pixels, count * pixels));
  }
  return pictures;
}

QPolygonF ellipseOutline(double x, double y, double major, double minor, double angle) {
  QPolygonF outline;
  for (int i = 0; i <= kOutlineCorners; ++i) {
    const double turn = 2.0 * std::numbers::pi * i / kOutlineCorners;
    const double along = major * std::cos(turn);
    const double across = minor * std::sin(turn);
    outline << QPointF(x + along * std::cos(angle) - across * std::sin(angle),
                       y + along * std::sin(angle) + across * std::cos(angle));
  }
  return outline;
}

}  // namespace latent::ui
