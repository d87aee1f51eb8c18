#include "ui/widgets/picture_rows.h"

#include <QPainter>
#include <algorithm>

#include "ui/theme.h"
#include "ui/widgets/pictures.h"

namespace latent::ui {
namespace {

constexpr int kLargestTile = 84;
constexpr int kSmallestTile = 16;
constexpr int kTileGap = 4;

}  // namespace

PictureRows::PictureRows(QWidget* parent) : QWidget(parent) {
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void PictureRows::setRows(QVector<Row> rows) {
  const bool sameShape =
      rows.size() == m_rows.size() &&
      std::equal(rows.begin(), rows.end(), m_rows.begin(), [](const Row& a, const Row& b) {
        return a.pictures.size() == b.pictures.size() &&
               a.captions.isEmpty() == b.captions.isEmpty();
      });
  m_rows = std::move(rows);
  QStringList titles;
  for (const Row& row : m_rows) titles << row.title;
  setAccessibleDescription(titles.join(QStringLiteral(", ")));
  if (!sameShape) updateGeometry();
  update();
}

void PictureRows::setEmptyText(const QString& text) {
  m_emptyText = text;
  update();
}

int PictureRows::tileFor(int width) const {
  qsizetype most = 1;
  for (const Row& row : m_rows) most = std::max(most, row.pictures.size());
  return std::clamp((width + kTileGap) / int(most) - kTileGap, kSmallestTile, kLargestTile);
}

int PictureRows::rowHeight(const Row& row, int tile) const {
  const int line = QFontMetrics(Theme::captionFont()).height();
  return line + 1 + tile + (row.captions.isEmpty() ? 0 : line + 1) + Theme::kSmall;
}

int PictureRows::heightForWidth(int width) const {
  if (m_rows.isEmpty()) return 3 * QFontMetrics(Theme::captionFont()).height();
  int height = 0;
  for (const Row& row : m_rows) height += rowHeight(row, tileFor(width));
  return height;
}

QSize PictureRows::sizeHint() const {
  constexpr int kUsualWidth = 280;
  return {kUsualWidth, heightForWidth(kUsualWidth)};
}

QSize PictureRows::minimumSizeHint() const {
  constexpr int kLeastWidth = 120;
  return {kLeastWidth, heightForWidth(kLeastWidth)};
}

void PictureRows::paintEvent(QPaintEvent*) {
  const Theme& theme = Theme::of(this);
  QPainter painter(this);
  painter.setFont(Theme::captionFont());
  painter.setPen(theme.secondaryText);
  if (m_rows.isEmpty()) {
    painter.drawText(rect(), int(Qt::AlignLeft | Qt::AlignTop) | int(Qt::TextWordWrap),
                     m_emptyText);
    return;
  }
  const QFontMetrics metrics(Theme::captionFont());
  const int tile = tileFor(width());
  int y = 0;
  for (const Row& row : m_rows) {
    painter.drawText(QRect(0, y, width(), metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(row.title, Qt::ElideRight, width()));
    const int top = y + metrics.height() + 1;
    for (int i = 0; i < row.pictures.size(); ++i) {
      const QRectF area(i * (tile + kTileGap), top, tile, tile);
      painter.fillRect(area, Qt::black);
      drawPicture(painter, area, row.pictures[i], Enlargement::Smooth);
      if (i < row.captions.size()) {
        painter.drawText(QRectF(area.left(), area.bottom() + 1, tile, metrics.height()),
                         Qt::AlignCenter,
                         metrics.elidedText(row.captions[i], Qt::ElideRight, tile));
      }
    }
    y += rowHeight(row, tile);
  }
}

}  // namespace latent::ui
