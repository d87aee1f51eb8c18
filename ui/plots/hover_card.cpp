#include "ui/plots/hover_card.h"

#include <QFontMetrics>
#include <QPainter>
#include <algorithm>

#include "ui/theme.h"
#include "ui/widgets/pictures.h"

namespace latent::ui {
namespace {
constexpr int kCardTile = 76;
constexpr int kPad = 8;
constexpr int kAway = 18;
}  // namespace

HoverCard::HoverCard(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("hoverCard"));
  setAccessibleName(tr("Point under the pointer"));
  setAttribute(Qt::WA_TransparentForMouseEvents);
  setFocusPolicy(Qt::NoFocus);
  hide();
}

void HoverCard::setContent(const QImage& original, const QImage& reconstruction,
                           const QString& caption) {
  m_original = original;
  m_reconstruction = reconstruction;
  m_caption = caption;
  setAccessibleDescription(caption);
  update();
}

QSize HoverCard::sizeHint() const {
  const QFontMetrics metrics(Theme::captionFont());
  const int pictures = 2 * kCardTile + 6;
  const int lines =
      m_caption.isEmpty()
          ? 0
          : metrics.boundingRect(QRect(0, 0, pictures, 200), Qt::TextWordWrap, m_caption).height() +
                4;
  return {pictures + 2 * kPad, kCardTile + metrics.height() + 2 + lines + 2 * kPad};
}

void HoverCard::showAt(const QPoint& anchor) {
  const QSize size = sizeHint();
  const QRect room = parentWidget()->rect().adjusted(4, 4, -4, -4);
  int x = anchor.x() + kAway;
  if (x + size.width() > room.right()) x = anchor.x() - kAway - size.width();
  int y = anchor.y() - size.height() / 2;
  y = std::clamp(y, room.top(), std::max(room.top(), room.bottom() - size.height()));
  setGeometry(std::max(room.left(), x), y, size.width(), size.height());
  show();
  raise();
}

void HoverCard::paintEvent(QPaintEvent*) {
  const Theme& theme = Theme::of(this);
  const QFontMetrics metrics(Theme::captionFont());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(theme.line, 1));
  painter.setBrush(theme.raised);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Theme::kRadius,
                          Theme::kRadius);
  painter.setFont(Theme::captionFont());
  int x = kPad;
  for (const auto& [image, name] : {std::pair{&m_original, tr("original")},
                                    std::pair{&m_reconstruction, tr("reconstruction")}}) {
    const QRectF tile(x, kPad, kCardTile, kCardTile);
    painter.fillRect(tile, image->isNull() ? theme.window : QColor(Qt::black));
    drawPicture(painter, tile, *image, Enlargement::Crisp);
    painter.setPen(theme.secondaryText);
    painter.drawText(QRectF(x - 4, kPad + kCardTile + 1, kCardTile + 8, metrics.height()),
                     Qt::AlignCenter, name);
    x += kCardTile + 6;
  }
  painter.setPen(theme.text);
  const QRectF line(kPad, kPad + kCardTile + metrics.height() + 5, width() - 2 * kPad,
                    height() - kPad - (kPad + kCardTile + metrics.height() + 5) + 4);
  painter.drawText(line, int(Qt::AlignHCenter) | int(Qt::TextWordWrap), m_caption);
}

}  // namespace latent::ui
