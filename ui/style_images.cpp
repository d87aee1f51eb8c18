#include "ui/style_images.h"

#include <QDir>
#include <QImage>
#include <QPainter>
#include <QSvgRenderer>
#include <QTemporaryDir>

namespace latent::ui {
namespace {

constexpr int kLargestScale = 3;
constexpr const char* kVectors = ":/style";

bool draw(const QString& vector, const QString& to, int scale) {
  QSvgRenderer renderer(vector);
  QImage image(renderer.defaultSize() * scale, QImage::Format_ARGB32_Premultiplied);
  if (image.isNull()) return false;
  image.fill(Qt::transparent);
  QPainter painter(&image);
  renderer.render(&painter);
  painter.end();
  return image.save(to, "PNG");
}

bool drawAll(const QDir& folder) {
  for (const QFileInfo& vector :
       QDir(QLatin1String(kVectors)).entryInfoList({QStringLiteral("*.svg")}, QDir::Files)) {
    for (int scale = 1; scale <= kLargestScale; ++scale) {
      // The endings by which Qt finds what a screen of that scale wants.
      const QString of = scale == 1 ? QString() : QStringLiteral("@%1x").arg(scale);
      if (!draw(vector.filePath(), folder.filePath(vector.baseName() + of + QLatin1String(".png")),
                scale)) {
        return false;
      }
    }
  }
  return true;
}

const QString& drawnFolder() {
  static const QTemporaryDir folder;
  static const QString drawn =
      folder.isValid() && drawAll(QDir(folder.path())) ? folder.path() : QString();
  return drawn;
}

}  // namespace

QString styleImageFolder() {
  return drawnFolder().isEmpty() ? QString::fromLatin1(kVectors) : drawnFolder();
}

QString styleImageEnding() {
  return drawnFolder().isEmpty() ? QStringLiteral(".svg") : QStringLiteral(".png");
}

}  // namespace latent::ui
