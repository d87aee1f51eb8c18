#include "ui/widgets/save_menu.h"

#include <qcustomplot.h>

#include <QAbstractItemView>
#include <QBuffer>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QDir>
#include <QFileDialog>
#include <QGuiApplication>
#include <QMenu>
#include <QSvgGenerator>
#include <algorithm>
#include <filesystem>
#include <ostream>
#include <utility>

#include "latent/atomic_file.h"
#include "latent/error.h"
#include "ui/csv.h"
#include "ui/theme.h"

namespace latent::ui {
namespace {

constexpr double kPictureRatio = 2.0;

SaveMenu::Rows shownRows(const QAbstractItemView& view) {
  const QAbstractItemModel& model = *view.model();
  SaveMenu::Rows rows;
  QStringList headings;
  for (int column = 0; column < model.columnCount(); ++column) {
    headings << model.headerData(column, Qt::Horizontal)
                    .toString()
                    .replace(QLatin1Char('\n'), QLatin1Char(' '));
  }
  rows << headings;
  for (int row = 0; row < model.rowCount(); ++row) {
    QStringList cells;
    for (int column = 0; column < model.columnCount(); ++column) {
      cells << model.index(row, column).data().toString();
    }
    rows << cells;
  }
  return rows;
}

QCustomPlot* plotIn(QWidget* widget) {
  auto* plot = qobject_cast<QCustomPlot*>(widget);
  return plot != nullptr ? plot : widget->findChild<QCustomPlot*>();
}

QImage imageOf(QWidget* widget) {
  QImage image(widget->size() * kPictureRatio, QImage::Format_RGB32);
  image.setDevicePixelRatio(kPictureRatio);
  image.fill(widget->palette().color(QPalette::Window));
  if (QCustomPlot* plot = plotIn(widget)) {
    QCPPainter painter(&image);
    plot->toPainter(&painter, plot->width(), plot->height());
  } else {
    widget->render(&image);
  }
  return image;
}

QByteArray svgOf(QWidget* widget, const QString& title) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  QSvgGenerator svg;
  svg.setOutputDevice(&buffer);
  svg.setSize(widget->size());
  svg.setViewBox(QRect(QPoint(), widget->size()));
  svg.setTitle(title);
  if (QCustomPlot* plot = plotIn(widget)) {
    QCPPainter painter;
    painter.begin(&svg);
    plot->toPainter(&painter, plot->width(), plot->height());
    painter.end();
  } else {
    QPainter painter(&svg);
    widget->render(&painter);
  }
  return bytes;
}

}  // namespace

SaveMenu::SaveMenu(QWidget* widget, const QString& title, std::function<Rows()> rows)
    : QObject(widget), m_widget(widget), m_title(title), m_rows(std::move(rows)) {
  widget->installEventFilter(this);
  connect(this, &SaveMenu::errorOccurred, notifier(), &SaveMenu::errorOccurred);
}

SaveMenu::SaveMenu(QAbstractItemView* table, const QString& title)
    : SaveMenu(static_cast<QWidget*>(table), title, [table] { return shownRows(*table); }) {
  table->viewport()->installEventFilter(this);
}

SaveMenu* SaveMenu::notifier() {
  static SaveMenu all;
  return &all;
}

bool SaveMenu::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() != QEvent::ContextMenu) return QObject::eventFilter(watched, event);
  popup(static_cast<QContextMenuEvent*>(event)->globalPos());
  return true;
}

void SaveMenu::popup(const QPoint& at) {
  auto* menu = new QMenu(m_widget);
  menu->setObjectName(QStringLiteral("saveMenu"));
  menu->setAttribute(Qt::WA_DeleteOnClose);
  const QIcon save = themedIcon(QStringLiteral("save"));
  menu->addAction(save, tr("Save as picture…"), this, [this] {
    ask(tr("Save %1 as a picture").arg(m_title), tr("SVG drawing (*.svg);;PNG picture (*.png)"),
        &SaveMenu::savePicture);
  });
  if (m_rows) {
    menu->addAction(save, tr("Save as CSV…"), this, [this] {
      ask(tr("Save %1 as a table").arg(m_title), tr("Comma-separated values (*.csv)"),
          &SaveMenu::saveRows);
    });
  }
  menu->addAction(themedIcon(QStringLiteral("copy")), tr("Copy picture"), this,
                  [this] { QGuiApplication::clipboard()->setImage(imageOf(m_widget)); });
  menu->popup(at);
}

void SaveMenu::ask(const QString& heading, const QString& filters,
                   bool (SaveMenu::*save)(const QString&)) {
  auto* dialog = new QFileDialog(m_widget, heading, QDir::homePath(), filters);
  dialog->setObjectName(QStringLiteral("saveDialog"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  const auto ending = [](const QString& filter) {
    return filter.section(QStringLiteral("*."), 1).section(QLatin1Char(')'), 0, 0);
  };
  dialog->setDefaultSuffix(ending(filters));
  connect(dialog, &QFileDialog::filterSelected, dialog,
          [dialog, ending](const QString& filter) { dialog->setDefaultSuffix(ending(filter)); });
  dialog->selectFile(m_title.toLower().replace(QLatin1Char(' '), QLatin1Char('-')));
  connect(dialog, &QFileDialog::fileSelected, this,
          [this, save](const QString& path) { (this->*save)(path); });
  dialog->open();
}

bool SaveMenu::savePicture(const QString& path) {
  if (path.endsWith(QStringLiteral(".svg"), Qt::CaseInsensitive)) {
    return write(path, svgOf(m_widget, m_title));
  }
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  imageOf(m_widget).save(&buffer, "PNG");
  return write(path, bytes);
}

bool SaveMenu::saveRows(const QString& path) {
  return write(path, csvOf(m_rows()));
}

bool SaveMenu::write(const QString& path, const QByteArray& bytes) {
  try {
    write_atomically(std::filesystem::path(path.toStdString()),
                     [&](std::ostream& out) { out.write(bytes.constData(), bytes.size()); });
    return true;
  } catch (const Error& error) {
    emit errorOccurred(
        tr("%1 could not be written to %2: check the folder and the space on the disk.")
            .arg(m_title, path),
        QString::fromUtf8(error.what()));
    return false;
  }
}

}  // namespace latent::ui
