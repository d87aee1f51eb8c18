#pragma once

#include <QApplication>
#include <QPointF>
#include <QTest>
#include <QWheelEvent>
#include <QWidget>
#include <QWindow>

/// Mouse and keys as the window system delivers them, at positions of one widget.
class Mouse {
 public:
  explicit Mouse(QWidget* target) : m_target(target) {}

  void press(const QPointF& at, Qt::MouseButton button = Qt::LeftButton,
             Qt::KeyboardModifiers modifiers = {}) const {
    QTest::mousePress(window(), button, modifiers, inWindow(at));
  }
  void move(const QPointF& to) const {
    QTest::mouseMove(window(), inWindow(to));
    QCoreApplication::processEvents();
  }
  void release(const QPointF& at, Qt::MouseButton button = Qt::LeftButton,
               Qt::KeyboardModifiers modifiers = {}) const {
    QTest::mouseRelease(window(), button, modifiers, inWindow(at));
  }
  void click(const QPointF& at, Qt::KeyboardModifiers modifiers = {}) const {
    press(at, Qt::LeftButton, modifiers);
    release(at, Qt::LeftButton, modifiers);
  }
  void drag(const QPointF& from, const QPointF& to, Qt::MouseButton button = Qt::LeftButton,
            int steps = 5) const {
    press(from, button);
    for (int i = 1; i <= steps; ++i) move(from + (to - from) * i / steps);
    release(to, button);
  }
  /// Presses, moves through all places in turn, and releases at the last.
  void stroke(const QList<QPointF>& places, Qt::KeyboardModifiers modifiers = {}) const {
    press(places.first(), Qt::LeftButton, modifiers);
    for (const QPointF& place : places.mid(1)) move(place);
    release(places.last(), Qt::LeftButton, modifiers);
  }
  void wheel(const QPointF& at, int notches) const {
    QWheelEvent event(at, m_target->mapToGlobal(at), QPoint(), QPoint(0, 120 * notches),
                      Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(m_target, &event);
  }

 private:
  QWindow* window() const { return m_target->window()->windowHandle(); }
  QPoint inWindow(const QPointF& at) const {
    return m_target->mapTo(m_target->window(), at.toPoint());
  }

  QWidget* m_target;
};

/// Shows a widget of a size and waits for it.
inline void showAt(QWidget& widget, const QSize& size) {
  widget.resize(size);
  widget.show();
  [[maybe_unused]] const bool exposed = QTest::qWaitForWindowExposed(&widget);
  QTest::qWait(20);
}
