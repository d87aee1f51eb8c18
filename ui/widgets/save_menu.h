#pragma once

#include <QObject>
#include <QStringList>
#include <QVector>
#include <functional>

class QAbstractItemView;
class QContextMenuEvent;
class QWidget;

namespace latent::ui {

/// What a plot or a table offers on a right click, or the menu key: to be saved as a picture (SVG,
/// PNG) or, where there are figures behind it, as CSV; and to be copied. It belongs to its widget.
class SaveMenu : public QObject {
  Q_OBJECT

 public:
  /// The first row is the headings.
  using Rows = QVector<QStringList>;

  /// `title` names the files too: "ROC curve". A QCustomPlot inside is drawn by itself.
  SaveMenu(QWidget* widget, const QString& title, std::function<Rows()> rows = nullptr);
  /// The rows are what the view shows.
  SaveMenu(QAbstractItemView* table, const QString& title);

  void setTitle(const QString& title) { m_title = title; }
  /// By the path's ending: .svg, otherwise PNG at twice the size. Written atomically. False, and
  /// said by `notifier`, where it cannot be written.
  bool savePicture(const QString& path);
  bool saveRows(const QString& path);

  bool eventFilter(QObject* watched, QEvent* event) override;

 signals:
  void errorOccurred(const QString& sentence, const QString& detail);

 public:
  /// Repeats the errorOccurred of all menus, also of those that come up later.
  static SaveMenu* notifier();

 private:
  SaveMenu() = default;
  void popup(const QPoint& at);
  void ask(const QString& heading, const QString& filters, bool (SaveMenu::*save)(const QString&));
  bool write(const QString& path, const QByteArray& bytes);

  QWidget* m_widget = nullptr;
  QString m_title;
  std::function<Rows()> m_rows;
};

}  // namespace latent::ui
