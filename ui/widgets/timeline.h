#pragma once

#include <QString>
#include <QVector>
#include <QWidget>
#include <optional>
#include <vector>

namespace latent::ui {

/// A run's past from left to right: a tick for each epoch that was kept, a mark where a knob was
/// turned, and at the right end the present. Click or drag goes to the nearest tick; the arrow keys
/// step, Home and End go to the first and to the present. A double click asks for the epoch under
/// the pointer, kept or not.
class Timeline : public QWidget {
  Q_OBJECT

 public:
  struct Mark {
    double epoch = 0.0;
    QString text;  ///< its tooltip
    bool operator==(const Mark&) const = default;
  };

  explicit Timeline(QWidget* parent = nullptr);

  /// Epochs that can be gone to, ascending.
  void setKept(std::vector<int> epochs);
  void setMarks(QVector<Mark> marks);
  /// How far the run has come; the axis is as long as that.
  void setPresent(double epoch);
  /// The tick that is looked at; nullopt: the present. Emits nothing.
  void setPosition(std::optional<int> epoch);
  std::optional<int> position() const { return m_position; }

  /// Where an epoch is, and where the present is, in pixels from the left.
  double xOf(double epoch) const;
  double xOfPresent() const;
  /// What the tooltip says at `x`; empty where there is nothing.
  QString textAt(double x) const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  void epochChosen(int epoch);
  void presentChosen();
  void epochWanted(int epoch);  ///< one that was not kept
  void stepped(int direction);  ///< by an arrow key: −1 back, +1 on

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  double length() const;
  /// The kept epoch that is nearest to `x`; nullopt without any.
  std::optional<int> nearestKept(double x) const;
  /// The epoch at `x` that has been trained but was not kept; nullopt for any other.
  std::optional<int> droppedAt(double x) const;
  void scrubTo(double x);
  void paintNumbers(QPainter& painter) const;

  std::vector<int> m_kept;
  QVector<Mark> m_marks;
  double m_present = 0.0;
  std::optional<int> m_position;
};

}  // namespace latent::ui
