#pragma once

#include <QColor>
#include <QImage>
#include <QString>
#include <QVector>
#include <QWidget>

#include "ui/widgets/pictures.h"

namespace latent::ui {

/// Pictures in rows, each with its caption; a cell may hold a pair, original over reconstruction.
/// Tiles grow to fill the width between two sizes; what does not fit scrolls with the area around.
class ImageGrid : public QWidget {
  Q_OBJECT

 public:
  struct Cell {
    QImage top;
    QImage bottom;    ///< null for single pictures
    QString caption;  ///< short: one line under the cell
    QColor frame;     ///< marks the cell; invalid: no mark
  };

  explicit ImageGrid(QWidget* parent = nullptr);

  /// Replaces all cells; cheap, meant for 15 a second.
  void setCells(QVector<Cell> cells);
  const QVector<Cell>& cells() const { return m_cells; }
  /// Replaces the lower pictures only (n ≤ cells).
  void setBottoms(const QVector<QImage>& bottoms);
  /// Fixed number of columns; 0 (default) = as many as fit.
  void setColumns(int columns);
  /// Row names for pairs, such as "original" and "reconstruction", drawn at the left.
  void setRowNames(const QString& top, const QString& bottom);
  void setTileSizes(int minimum, int maximum);  ///< device-independent pixels; default 28 … 84
  void setEmptyText(const QString& text);
  void setEnlargement(Enlargement enlargement);
  void setSelected(int index);  ///< -1 = none
  int selected() const { return m_selected; }

  /// Index of the cell at `position` in this widget, -1 where there is none.
  int cellAt(const QPoint& position) const;
  QRect cellRect(int index) const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;

 signals:
  void cellClicked(int index, Qt::KeyboardModifiers modifiers);
  void cellDoubleClicked(int index);
  void cellHovered(int index);  ///< -1 when the pointer leaves

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;

 private:
  struct Layout {
    int columns = 1;
    int tile = 28;
    int left = 0;
    int cellWidth = 28;
    int cellHeight = 28;
  };
  int availableHeight() const;
  Layout layoutFor(int width) const;
  bool hasPairs() const;
  bool hasCaptions() const;
  void setHovered(int index);

  QVector<Cell> m_cells;
  int m_columns = 0;
  int m_minimumTile = 28;
  int m_maximumTile = 84;
  QString m_topName;
  QString m_bottomName;
  QString m_emptyText;
  Enlargement m_enlargement = Enlargement::Smooth;
  int m_hovered = -1;
  int m_selected = -1;
};

}  // namespace latent::ui
