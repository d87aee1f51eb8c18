#include "ui/widgets/image_grid.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFontMetrics>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollArea>
#include <algorithm>

#include "ui/theme.h"

namespace latent::ui {
namespace {
constexpr int kGap = 6;      // between cells
constexpr int kPairGap = 2;  // between the two pictures of a pair
constexpr int kFrame = 3;    // room for the frame of the chosen cell
}  // namespace

ImageGrid::ImageGrid(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("imageGrid"));
  setAccessibleName(tr("Pictures"));
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void ImageGrid::setCells(QVector<Cell> cells) {
  const bool otherShape = cells.size() != m_cells.size() ||
                          (!cells.isEmpty() && !m_cells.isEmpty() &&
                           (cells.front().bottom.isNull() != m_cells.front().bottom.isNull() ||
                            cells.front().caption.isEmpty() != m_cells.front().caption.isEmpty()));
  m_cells = std::move(cells);
  if (m_selected >= m_cells.size()) m_selected = -1;
  if (m_hovered >= m_cells.size()) setHovered(-1);
  if (otherShape) updateGeometry();
  update();
}

void ImageGrid::setBottoms(const QVector<QImage>& bottoms) {
  const bool hadPairs = hasPairs();
  for (int i = 0; i < std::min(bottoms.size(), m_cells.size()); ++i) m_cells[i].bottom = bottoms[i];
  if (hadPairs != hasPairs()) updateGeometry();
  update();
}

void ImageGrid::setColumns(int columns) {
  m_columns = std::max(0, columns);
  updateGeometry();
  update();
}

void ImageGrid::setRowNames(const QString& top, const QString& bottom) {
  m_topName = top;
  m_bottomName = bottom;
  updateGeometry();
  update();
}

void ImageGrid::setTileSizes(int minimum, int maximum) {
  m_minimumTile = std::max(8, minimum);
  m_maximumTile = std::max(m_minimumTile, maximum);
  updateGeometry();
  update();
}

void ImageGrid::setEmptyText(const QString& text) {
  m_emptyText = text;
  update();
}

void ImageGrid::setEnlargement(Enlargement enlargement) {
  m_enlargement = enlargement;
  update();
}

void ImageGrid::setSelected(int index) {
  m_selected = index >= 0 && index < m_cells.size() ? index : -1;
  update();
}

bool ImageGrid::hasPairs() const {
  return std::any_of(m_cells.begin(), m_cells.end(),
                     [](const Cell& cell) { return !cell.bottom.isNull(); });
}

bool ImageGrid::hasCaptions() const {
  return std::any_of(m_cells.begin(), m_cells.end(),
                     [](const Cell& cell) { return !cell.caption.isEmpty(); });
}

/// What can be seen without scrolling.
int ImageGrid::availableHeight() const {
  const auto* area = parentWidget() != nullptr
                         ? qobject_cast<QScrollArea*>(parentWidget()->parentWidget())
                         : nullptr;
  return area != nullptr ? area->viewport()->height() : height();
}

ImageGrid::Layout ImageGrid::layoutFor(int width) const {
  Layout layout;
  const QFontMetrics metrics(Theme::captionFont());
  if (hasPairs() && !(m_topName.isEmpty() && m_bottomName.isEmpty())) {
    layout.left =
        std::max(metrics.horizontalAdvance(m_topName), metrics.horizontalAdvance(m_bottomName)) +
        Theme::kSmall;
    if (layout.left > width / 3) layout.left = 0;  // too narrow for names: pictures first
  }
  layout.left += kFrame;
  const int room = std::max(1, width - layout.left - kFrame + kGap);
  const int most = std::max(1, room / (m_minimumTile + kGap));
  const int count = std::max(1, static_cast<int>(m_cells.size()));
  const int below = (hasPairs() ? kPairGap : 0) + (hasCaptions() ? metrics.height() + 1 : 0) + kGap;
  layout.columns = m_columns > 0 ? m_columns : std::min(most, count);
  if (m_columns == 0) {
    // As many columns as make the pictures largest while all are in view.
    const int high = availableHeight() - kFrame;
    int largest = 0;
    for (int columns = std::min(most, count); columns >= 1; --columns) {
      const int rows = (count + columns - 1) / columns;
      const int byHeight = (high / rows - below) / (hasPairs() ? 2 : 1);
      const int tile = std::min({room / columns - kGap, byHeight, m_maximumTile});
      // At one size fewer columns make fuller rows.
      if (tile < largest) continue;
      largest = tile;
      layout.columns = columns;
    }
    layout.tile = std::clamp(largest, m_minimumTile, m_maximumTile);
    if (largest < m_minimumTile) layout.columns = std::min(most, count);
  }
  if (m_columns > 0) layout.tile = std::clamp(room / layout.columns - kGap, 8, m_maximumTile);
  layout.cellWidth = layout.tile + kGap;
  layout.cellHeight = layout.tile + (hasPairs() ? layout.tile + kPairGap : 0) +
                      (hasCaptions() ? metrics.height() + 1 : 0) + kGap;
  return layout;
}

QRect ImageGrid::cellRect(int index) const {
  if (index < 0 || index >= m_cells.size()) return {};
  const Layout layout = layoutFor(width());
  return {layout.left + (index % layout.columns) * layout.cellWidth,
          kFrame + (index / layout.columns) * layout.cellHeight, layout.tile,
          layout.cellHeight - kGap};
}

int ImageGrid::cellAt(const QPoint& position) const {
  const Layout layout = layoutFor(width());
  const int x = position.x() - layout.left;
  const int y = position.y() - kFrame;
  if (x < 0 || y < 0) return -1;
  const int column = x / layout.cellWidth;
  if (column >= layout.columns) return -1;
  const int index = y / layout.cellHeight * layout.columns + column;
  return index < m_cells.size() && cellRect(index).contains(position) ? index : -1;
}

QSize ImageGrid::sizeHint() const {
  const int wide = 320;
  return {wide, heightForWidth(wide)};
}

QSize ImageGrid::minimumSizeHint() const {
  return {m_minimumTile * std::max(1, std::min(4, m_columns > 0 ? m_columns : 4)), m_minimumTile};
}

int ImageGrid::heightForWidth(int width) const {
  if (m_cells.isEmpty()) return 2 * m_minimumTile + kGap;
  const Layout layout = layoutFor(width);
  const int rows = (static_cast<int>(m_cells.size()) + layout.columns - 1) / layout.columns;
  return rows * layout.cellHeight + kFrame;
}

void ImageGrid::paintEvent(QPaintEvent* event) {
  const Theme& theme = Theme::of(this);
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setFont(Theme::captionFont());
  if (m_cells.isEmpty()) {
    painter.setPen(theme.secondaryText);
    painter.drawText(rect(), int(Qt::AlignCenter) | int(Qt::TextWordWrap), m_emptyText);
    return;
  }
  const Layout layout = layoutFor(width());
  const QFontMetrics metrics(Theme::captionFont());
  const bool pairs = hasPairs();
  const bool captions = hasCaptions();
  for (int i = 0; i < m_cells.size(); ++i) {
    const QRect cell = cellRect(i);
    if (!cell.adjusted(-layout.left, -kGap, kGap, kGap).intersects(event->rect())) continue;
    const QRectF top(cell.left(), cell.top(), layout.tile, layout.tile);
    const QRectF bottom = top.translated(0, layout.tile + kPairGap);
    if (layout.left > kFrame && i % layout.columns == 0) {
      painter.setPen(theme.secondaryText);
      const QRectF name(0, top.top(), layout.left - Theme::kSmall, layout.tile);
      painter.drawText(name, Qt::AlignRight | Qt::AlignVCenter, m_topName);
      painter.drawText(name.translated(0, layout.tile + kPairGap),
                       Qt::AlignRight | Qt::AlignVCenter, m_bottomName);
    }
    for (const auto& [area, image] :
         {std::pair{top, &m_cells[i].top}, std::pair{bottom, &m_cells[i].bottom}}) {
      if (area == bottom && !pairs) continue;
      if (image->isNull()) {
        painter.setPen(QPen(theme.line, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
      } else {
        painter.fillRect(area, Qt::black);
        drawPicture(painter, area, *image, m_enlargement);
      }
    }
    if (captions) {
      painter.setPen(i == m_selected ? theme.text : theme.secondaryText);
      const QRectF line(cell.left() - kGap / 2.0, cell.bottom() + 1 - metrics.height(),
                        layout.cellWidth, metrics.height());
      painter.drawText(line, Qt::AlignCenter,
                       metrics.elidedText(m_cells[i].caption, Qt::ElideRight, layout.cellWidth));
    }
    const QRectF frame(top.left(), top.top(), layout.tile,
                       pairs ? 2 * layout.tile + kPairGap : layout.tile);
    if (m_cells[i].frame.isValid()) {
      painter.setBrush(Qt::NoBrush);
      painter.setPen(QPen(m_cells[i].frame, 2));
      painter.drawRoundedRect(frame.adjusted(-1, -1, 1, 1), 2, 2);
    }
    if (i == m_hovered || i == m_selected) {
      painter.setBrush(Qt::NoBrush);
      painter.setPen(QPen(i == m_selected ? theme.accent : theme.secondaryText, 2));
      painter.drawRoundedRect(frame.adjusted(-1.5, -1.5, 1.5, 1.5), 3, 3);
    }
  }
}

void ImageGrid::setHovered(int index) {
  if (index == m_hovered) return;
  m_hovered = index;
  setCursor(index >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
  update();
  emit cellHovered(index);
}

void ImageGrid::mousePressEvent(QMouseEvent* event) {
  const int index = cellAt(event->position().toPoint());
  if (event->button() == Qt::LeftButton && index >= 0) emit cellClicked(index, event->modifiers());
}

void ImageGrid::mouseDoubleClickEvent(QMouseEvent* event) {
  const int index = cellAt(event->position().toPoint());
  if (event->button() == Qt::LeftButton && index >= 0) emit cellDoubleClicked(index);
}

void ImageGrid::mouseMoveEvent(QMouseEvent* event) {
  setHovered(cellAt(event->position().toPoint()));
}

void ImageGrid::leaveEvent(QEvent*) {
  setHovered(-1);
}

void ImageGrid::keyPressEvent(QKeyEvent* event) {
  const int columns = layoutFor(width()).columns;
  const int count = static_cast<int>(m_cells.size());
  int step = 0;
  switch (event->key()) {
    case Qt::Key_Left:
      step = -1;
      break;
    case Qt::Key_Right:
      step = 1;
      break;
    case Qt::Key_Up:
      step = -columns;
      break;
    case Qt::Key_Down:
      step = columns;
      break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
      if (m_selected >= 0) emit cellClicked(m_selected, event->modifiers());
      return;
    default:
      QWidget::keyPressEvent(event);
      return;
  }
  if (count == 0) return;
  setSelected(m_selected < 0 ? 0 : std::clamp(m_selected + step, 0, count - 1));
}

void ImageGrid::contextMenuEvent(QContextMenuEvent* event) {
  const int index = cellAt(event->pos());
  if (index < 0) return;
  QMenu menu(this);
  const QImage picture = m_cells[index].top;
  QAction* copy = menu.addAction(themedIcon(QStringLiteral("copy")), tr("Copy picture"));
  copy->setEnabled(!picture.isNull());
  if (menu.exec(event->globalPos()) == copy) QApplication::clipboard()->setImage(picture);
}

}  // namespace latent::ui
