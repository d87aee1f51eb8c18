#include "ui/plots/point_cloud.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "latent/thread_priority.h"
#include "ui/plots/map_scale.h"
#include "ui/plots/point_index.h"
#include "ui/theme.h"

namespace latent::ui {
namespace {

constexpr int kSplatNiceness = 1;
constexpr double kSmallestThumbnail = 24.0;
constexpr double kLargestThumbnail = 60.0;
constexpr qsizetype kCachedThumbnails = 4000;
/// So many points are put in order at once, in about two milliseconds; more are not waited for.
constexpr std::size_t kOrderedAtOnce = 100'000;
/// Of the extent of all points: above it the map shows dots, which say more of the whole.
constexpr double kThumbnailExtent = 0.5;

/// `before` where it will do, or what of it will.
std::shared_ptr<const ColoredPoints> colored(const std::shared_ptr<const MapPoints>& points,
                                             const PointAppearance& appearance,
                                             const std::shared_ptr<const ColoredPoints>& before) {
  const bool sameOrder = before && before->ordered().points() == points;
  if (sameOrder && before->appearance() == appearance) return before;
  return std::make_shared<ColoredPoints>(
      sameOrder ? before->order() : std::make_shared<OrderedPoints>(points), appearance);
}

/// A grey picture of light strokes on black becomes ink of the class's colour on nothing; others
/// stay as they are.
QImage inked(const QImage& picture, const QColor& ink) {
  if (picture.format() != QImage::Format_Grayscale8) {
    return picture.convertToFormat(QImage::Format_ARGB32_Premultiplied);
  }
  qint64 light = 0;
  for (int y = 0; y < picture.height(); ++y) {
    const uchar* row = picture.constScanLine(y);
    for (int x = 0; x < picture.width(); ++x) light += row[x];
  }
  if (light > qint64{128} * picture.width() * picture.height()) {
    return picture.convertToFormat(QImage::Format_ARGB32_Premultiplied);
  }
  QImage result(picture.size(), QImage::Format_ARGB32_Premultiplied);
  for (int y = 0; y < picture.height(); ++y) {
    const uchar* row = picture.constScanLine(y);
    auto* out = reinterpret_cast<QRgb*>(result.scanLine(y));
    for (int x = 0; x < picture.width(); ++x) {
      out[x] = qPremultiply(qRgba(ink.red(), ink.green(), ink.blue(), row[x]));
    }
  }
  return result;
}

}  // namespace

PointCloud::PointCloud(QCPAxis* keyAxis, QCPAxis* valueAxis)
    : QCPAbstractPlottable(keyAxis, valueAxis), m_theme(&Theme::get(Theme::Scheme::Light)) {
  setSelectable(QCP::stNone);
  setAntialiased(false);
}

void PointCloud::setBright(std::vector<std::uint8_t> bright, bool unlabelledBright) {
  m_bright = std::move(bright);
  m_unlabelledBright = unlabelledBright;
}

bool PointCloud::isBright(int label) const {
  if (label < 0) return m_unlabelledBright;
  const auto at = static_cast<std::size_t>(label);
  return at >= m_bright.size() || m_bright[at] != 0;
}

bool PointCloud::isPointBright(std::size_t index) const {
  return (!m_selection || m_selection->contains(index)) && isBright(m_points->label(index));
}

void PointCloud::setThumbnailProvider(std::function<QImage(qint64)> provider) {
  m_thumbnailProvider = std::move(provider);
  m_thumbnails.clear();
}

double PointCloud::pointSize() const {
  if (!m_points || m_points->size() == 0) return 4.0;
  const QRect frame = mParentPlot->axisRect()->rect();
  const double area = std::max(1.0, double(frame.width()) * frame.height());
  const double size = 0.72 * std::sqrt(area / double(m_points->size()));
  const double extent = mKeyAxis->range().size();
  const double zoom = m_homeExtent > 0.0 && extent > 0.0 ? m_homeExtent / extent : 1.0;
  return std::clamp(std::clamp(size, 1.15, 6.0) * std::pow(std::max(zoom, 0.25), 0.55), 1.0, 14.0);
}

double PointCloud::selectTest(const QPointF&, bool, QVariant*) const {
  return -1.0;
}

QCPRange PointCloud::getKeyRange(bool& found, QCP::SignDomain) const {
  const QRectF bounds = m_points ? boundsOf(*m_points) : QRectF();
  found = m_points && m_points->size() > 0;
  return {bounds.left(), bounds.right()};
}

QCPRange PointCloud::getValueRange(bool& found, QCP::SignDomain, const QCPRange&) const {
  const QRectF bounds = m_points ? boundsOf(*m_points) : QRectF();
  found = m_points && m_points->size() > 0;
  return {bounds.top(), bounds.bottom()};
}

void PointCloud::draw(QCPPainter* painter) {
  const QRect frame = mParentPlot->axisRect()->rect();
  m_thumbnailsDrawn = 0;
  if (frame.isEmpty() || !m_points || m_points->size() == 0) {
    m_place = {};
    return;
  }
  drawDots(painter, frame);
  drawThumbnails(painter, frame);
}

PlaneToPixel PointCloud::planeToPixel(const QRect& frame, double ratio) const {
  PlaneToPixel transform;
  const QCPRange x = mKeyAxis->range();
  const QCPRange y = mValueAxis->range();
  transform.scaleX = frame.width() * ratio / x.size();
  transform.offsetX = -x.lower * transform.scaleX;
  transform.scaleY = -frame.height() * ratio / y.size();
  transform.offsetY = -y.upper * transform.scaleY;
  return transform;
}

PointAppearance PointCloud::appearance() const {
  return {m_bright, m_unlabelledBright, m_scale, m_selection};
}

SplatStyle PointCloud::splatStyle(const QSize& size, double ratio) const {
  SplatStyle style;
  style.diameter = pointSize() * ratio;
  if (m_points->classes) {
    for (std::size_t i = 0; i < m_points->classes->names.size(); ++i) {
      style.classColors.push_back(m_theme->classColor(static_cast<int>(i)).rgb());
    }
  }
  style.unlabelled = m_theme->classColor(-1).rgb();
  style.dimmed = m_theme->line.rgb();
  if (m_scale) {
    for (int step = 0; step < PointScale::kSteps; ++step) {
      style.scaleColors.push_back(scaleColor(*m_theme, step).rgb());
    }
    style.scaleColors.push_back(style.unlabelled);
  }
  style.dense = m_theme->scheme == Theme::Scheme::Dark ? 0xffffffff : 0xff000000;
  // The more dots lie on a pixel, the less opaque is each, so that there is something left to add.
  const double overlap = double(m_points->size()) * style.diameter * style.diameter /
                         (double(size.width()) * size.height());
  style.opacity = static_cast<float>(std::clamp(0.92 / (1.0 + 0.45 * overlap), 0.3, 0.9));
  return style;
}

/// Newer orders replace those that have not begun.
void PointCloud::order(const QSize& size, double ratio) {
  if (!m_lane) m_lane = std::make_unique<RequestLane>([] { set_niceness(kSplatNiceness); });
  m_ordered = m_points;
  m_lane->ask(
      "dots", 0,
      [this, size, ratio, drawnNow = m_drawnNow, points = m_points, looks = appearance(),
       style = splatStyle(size, ratio), before = m_drawn,
       transform = planeToPixel(mParentPlot->axisRect()->rect(), ratio), beside = m_beside] {
        const bool known = before && before->ordered().points() == points;
        beside->points = colored(points, looks, known ? before : beside->points);
        Splat dots{QImage(size, QImage::Format_ARGB32_Premultiplied), transform, beside->points};
        beside->splatter.draw(*dots.points, transform, style, dots.image);
        dots.image.setDevicePixelRatio(ratio);
        QMetaObject::invokeMethod(
            this,
            [this, dots = std::move(dots), drawnNow]() mutable {
              // In order they are drawn at once, even where this picture comes too late.
              if (dots.points->ordered().points() == m_points) m_drawn = dots.points;
              if (drawnNow != m_drawnNow) return;
              m_dots = std::move(dots);
              m_next = Next::Ready;
              layer()->replot();
            },
            Qt::QueuedConnection);
      });
}

/// Puts in order and colours what is to be drawn now.
void PointCloud::prepare(const QSize& size, double ratio) {
  const bool underWay = m_drawn && m_ordered == m_points &&
                        m_drawn->ordered().points() != m_points &&
                        m_points->size() > kOrderedAtOnce;
  if (!underWay) {
    m_drawn = colored(m_points, appearance(), m_drawn);
    return;
  }
  m_drawn = colored(m_drawn->ordered().points(), appearance(), m_drawn);
  order(size, ratio);
}

void PointCloud::drawDots(QCPPainter* painter, const QRect& frame) {
  const double ratio = mParentPlot->bufferDevicePixelRatio();
  const QSize size(static_cast<int>(std::ceil(frame.width() * ratio)),
                   static_cast<int>(std::ceil(frame.height() * ratio)));
  if (painter->modes().testFlag(QCPPainter::pmNoCaching)) {  // not on the screen
    const auto points = colored(m_points, appearance(), m_drawn);
    Splat dots{QImage(size, QImage::Format_ARGB32_Premultiplied), planeToPixel(frame, ratio),
               points};
    m_splatter.draw(*points, dots.transform, splatStyle(size, ratio), dots.image);
    dots.image.setDevicePixelRatio(ratio);
    painter->drawImage(frame.topLeft(), dots.image);
    return;
  }
  Next next = std::exchange(m_next, Next::Now);
  if (m_dots.image.size() != size) next = Next::Now;
  if (next == Next::Now) {
    ++m_drawnNow;
    prepare(size, ratio);
    if (m_dots.image.size() != size) {
      m_dots.image = QImage(size, QImage::Format_ARGB32_Premultiplied);
      m_dots.image.setDevicePixelRatio(ratio);
    }
    m_dots.transform = planeToPixel(frame, ratio);
    m_dots.points = m_drawn;
    m_splatter.draw(*m_drawn, m_dots.transform, splatStyle(size, ratio), m_dots.image);
  } else if (next == Next::Later) {
    order(size, ratio);
  }
  m_place = placeOf(m_dots, frame, ratio);
}

/// Where the picture's corners are now.
QRectF PointCloud::placeOf(const Splat& dots, const QRect& frame, double ratio) const {
  if (dots.image.isNull()) return {};
  const PlaneToPixel now = planeToPixel(frame, ratio);
  const PlaneToPixel& then = dots.transform;
  const double scaleX = now.scaleX / then.scaleX;
  const double scaleY = now.scaleY / then.scaleY;
  return QRectF((now.offsetX - then.offsetX * scaleX) / ratio,
                (now.offsetY - then.offsetY * scaleY) / ratio, dots.image.width() * scaleX / ratio,
                dots.image.height() * scaleY / ratio)
      .translated(frame.topLeft());
}

void PointCloud::paintDots(QPainter* painter) const {
  if (m_place.isEmpty()) return;
  painter->save();
  painter->setClipRect(mParentPlot->axisRect()->rect());
  if (m_place.size() == QSizeF(m_dots.image.size()) / m_dots.image.devicePixelRatio()) {
    painter->drawImage(m_place.topLeft(), m_dots.image);
  } else {
    painter->drawImage(m_place, m_dots.image);
  }
  painter->restore();
}

bool PointCloud::isUpToDate() const {
  return m_next == Next::Now && (!m_points || m_points->size() == 0 ||
                                 (m_dots.points && m_dots.points->ordered().points() == m_points));
}

QColor PointCloud::pointColor(std::size_t index) const {
  if (m_scale && index < m_scale->steps.size()) {
    const std::uint8_t step = m_scale->steps[index];
    return step == PointScale::kUnknown ? m_theme->classColor(-1) : scaleColor(*m_theme, step);
  }
  return m_theme->classColor(m_points->label(index));
}

const QImage& PointCloud::thumbnail(std::size_t index) {
  const QColor ink = pointColor(index);
  const std::pair<quint64, QRgb> key(index, ink.rgb());
  const auto found = m_thumbnails.constFind(key);
  if (found != m_thumbnails.constEnd()) return *found;
  if (m_thumbnails.size() >= kCachedThumbnails) m_thumbnails.clear();
  const QImage picture = m_thumbnailProvider(static_cast<qint64>(index));
  return *m_thumbnails.insert(key, picture.isNull() ? picture : inked(picture, ink));
}

/// By their numbers; no more than `most`, and then any.
std::vector<std::size_t> PointCloud::pointsInSight(std::size_t most) const {
  const QCPRange x = mKeyAxis->range();
  const QCPRange y = mValueAxis->range();
  std::vector<std::size_t> found;
  const auto meet = [&](std::size_t i) {
    const float px = m_points->positions[2 * i];
    const float py = m_points->positions[2 * i + 1];
    if (px >= x.lower && px <= x.upper && py >= y.lower && py <= y.upper) found.push_back(i);
    return found.size() < most;
  };
  if (!m_drawn || m_drawn->ordered().points() != m_points) {
    for (std::size_t i = 0; i < m_points->size() && meet(i); ++i) {
    }
    return found;
  }
  const OrderedPoints& ordered = m_drawn->ordered();
  for (const OrderedPoints::Block& block : ordered.blocks()) {
    if (block.right < x.lower || block.left > x.upper || block.high < y.lower ||
        block.low > y.upper) {
      continue;
    }
    for (std::uint32_t i = block.begin; i < block.end; ++i) {
      if (!meet(ordered.index()[i])) return found;
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

void PointCloud::drawThumbnails(QCPPainter* painter, const QRect& frame) {
  if (!m_thumbnailsVisible || !m_thumbnailProvider) return;
  const double area = double(frame.width()) * frame.height();
  const auto most =
      static_cast<std::size_t>(0.55 * area / (kSmallestThumbnail * kSmallestThumbnail));
  if (m_homeExtent > 0.0 && mKeyAxis->range().size() > kThumbnailExtent * m_homeExtent) return;
  const std::vector<std::size_t> visible = pointsInSight(most + 1);
  if (visible.empty() || visible.size() > most) return;  // no room: dots
  const double side = std::clamp(0.62 * std::sqrt(area / double(visible.size())),
                                 kSmallestThumbnail, kLargestThumbnail);
  // A grid of taken places keeps pictures from covering one another; who finds none stays a dot.
  const int columns = static_cast<int>(frame.width() / side) + 3;
  std::vector<QPointF> placed(
      static_cast<std::size_t>(columns) * static_cast<std::size_t>(frame.height() / side + 3),
      QPointF(-1e9, -1e9));
  painter->save();
  painter->setClipRect(frame);
  painter->setRenderHint(QPainter::SmoothPixmapTransform);
  QColor back = m_theme->canvas;
  back.setAlphaF(0.88F);
  for (const std::size_t index : visible) {
    if (!isPointBright(index)) continue;
    const QPointF at(mKeyAxis->coordToPixel(m_points->positions[2 * index]),
                     mValueAxis->coordToPixel(m_points->positions[2 * index + 1]));
    const int column = static_cast<int>((at.x() - frame.left()) / side) + 1;
    const int row = static_cast<int>((at.y() - frame.top()) / side) + 1;
    bool taken = false;
    for (int dy = -1; dy <= 1 && !taken; ++dy) {
      for (int dx = -1; dx <= 1 && !taken; ++dx) {
        const int slot = (row + dy) * columns + column + dx;
        if (slot < 0 || slot >= static_cast<int>(placed.size())) continue;
        const QPointF other = placed[static_cast<std::size_t>(slot)];
        taken = std::abs(other.x() - at.x()) < 0.82 * side &&
                std::abs(other.y() - at.y()) < 0.82 * side;
      }
    }
    const int own = row * columns + column;
    if (taken || own < 0 || own >= static_cast<int>(placed.size())) continue;
    const QImage& picture = thumbnail(index);
    if (picture.isNull()) continue;
    placed[static_cast<std::size_t>(own)] = at;
    const QRectF target(at.x() - side / 2, at.y() - side / 2, side, side);
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(back);
    painter->drawRoundedRect(target, 4, 4);
    painter->drawImage(target.adjusted(1, 1, -1, -1), picture);
    ++m_thumbnailsDrawn;
  }
  painter->restore();
}

void PointCloud::drawLegendIcon(QCPPainter* painter, const QRectF& rect) const {
  painter->setPen(Qt::NoPen);
  painter->setBrush(m_theme->classColor(-1));
  painter->drawEllipse(rect.center(), 3, 3);
}

}  // namespace latent::ui
