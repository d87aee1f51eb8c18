#pragma once

#include <QString>
#include <QVector>
#include <QWidget>
#include <vector>

namespace latent::ui {

/// The classes with their colours and counts. Click: only this one stays bright; click again: all.
/// Ctrl+click dims or brightens one.
class MapLegend : public QWidget {
  Q_OBJECT

 public:
  explicit MapLegend(QWidget* parent = nullptr);

  void setClasses(const std::vector<QString>& names, const std::vector<qint64>& counts);
  int classCount() const { return static_cast<int>(m_names.size()); }
  /// Whether the swatches have the classes' colours; grey where the points are coloured otherwise.
  void setColored(bool colored);
  /// Empty: all.
  void setBright(const QVector<int>& classes);
  const QVector<int>& bright() const { return m_bright; }
  bool isBright(int index) const;
  QRect entryRect(int index) const;
  /// Draws the entries elsewhere, for exports.
  void render(QPainter& painter, const QPointF& topLeft) const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 signals:
  void brightChanged(const QVector<int>& classes);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void choose(int index, bool toggle);
  void drawEntries(QPainter& painter, bool live) const;

  std::vector<QString> m_names;
  std::vector<qint64> m_counts;
  QVector<int> m_bright;
  bool m_colored = true;
  int m_hovered = -1;
  int m_current = -1;
};

}  // namespace latent::ui
