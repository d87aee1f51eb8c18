#include <QApplication>
#include <QDir>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QPixmapCache>
#include <QSvgRenderer>
#include <cmath>

#include "ui/theme.h"

namespace latent::ui {
namespace {

/// Renders the picture in the theme's colours at the moment it is painted.
class ThemedIconEngine final : public QIconEngine {
 public:
  explicit ThemedIconEngine(QString name) : m_name(std::move(name)) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override {
    const double scale = painter->device()->devicePixelRatioF();
    painter->drawPixmap(rect, render(rect.size() * scale, mode, state));
  }

  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    return render(size, mode, state);
  }

  QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State state,
                       double scale) override {
    QPixmap pixmap = render(size, mode, state);
    pixmap.setDevicePixelRatio(scale);
    return pixmap;
  }

  QList<QSize> availableSizes(QIcon::Mode, QIcon::State) override {
    return {QSize(Theme::kIconSize, Theme::kIconSize)};
  }
  QString key() const override { return QStringLiteral("latent-themed"); }
  QString iconName() override { return m_name; }
  bool isNull() override { return !QFile::exists(path()); }
  QIconEngine* clone() const override { return new ThemedIconEngine(m_name); }

 private:
  QString path() const { return QStringLiteral(":/icons/%1.svg").arg(m_name); }

  QPixmap render(const QSize& size, QIcon::Mode mode, QIcon::State state) const {
    if (size.isEmpty()) return {};  // a button that was squeezed out of sight
    const Theme& theme = Theme::of(QApplication::palette());
    QColor color = theme.text;
    if (mode == QIcon::Disabled) color = theme.disabledText;
    if (state == QIcon::On && mode != QIcon::Disabled) color = theme.accent;
    const QString key = QStringLiteral("latent-icon/%1/%2x%3/%4")
                            .arg(m_name)
                            .arg(size.width())
                            .arg(size.height())
                            .arg(color.name());
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap)) return pixmap;
    pixmap = QPixmap(size);
    pixmap.fill(Qt::transparent);
    if (QFile file(path()); file.open(QIODevice::ReadOnly)) {
      QByteArray svg = file.readAll();
      svg.replace("#000", color.name().toLatin1());
      QSvgRenderer renderer(svg);
      QPainter painter(&pixmap);
      const double side = std::min(size.width(), size.height());
      renderer.render(&painter,
                      QRectF((size.width() - side) / 2, (size.height() - side) / 2, side, side));
    }
    QPixmapCache::insert(key, pixmap);
    return pixmap;
  }

  QString m_name;
};

}  // namespace

QIcon themedIcon(const QString& name) {
  return QIcon(new ThemedIconEngine(name));
}

QStringList themedIconNames() {
  QStringList names;
  for (const QString& file : QDir(QStringLiteral(":/icons")).entryList(QDir::Files)) {
    names << file.chopped(4);
  }
  return names;
}

}  // namespace latent::ui
