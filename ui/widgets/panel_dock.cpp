#include "ui/widgets/panel_dock.h"

#include <QEvent>
#include <QMainWindow>
#include <algorithm>

namespace latent::ui {

PanelDock::PanelDock(const QString& title, QWidget* parent) : QDockWidget(title, parent) {
  // Once the layout has settled: a title bar may not change while its dock is being dragged.
  m_settled.setSingleShot(true);
  m_settled.setInterval(0);
  connect(&m_settled, &QTimer::timeout, this, &PanelDock::updateTitleBar);
  // Who leaves or joins changes what the others lie behind.
  const auto later = [this] {
    const QWidget* window = parentWidget();
    if (window == nullptr) return;
    for (PanelDock* dock : window->findChildren<PanelDock*>()) dock->m_settled.start();
  };
  connect(this, &QDockWidget::visibilityChanged, this, later);
  connect(this, &QDockWidget::topLevelChanged, this, later);
  connect(this, &QDockWidget::dockLocationChanged, this, later);
}

bool PanelDock::event(QEvent* event) {
  switch (event->type()) {
    case QEvent::Resize:
    case QEvent::Move:
    case QEvent::ZOrderChange:
      m_settled.start();
      break;
    default:
      break;
  }
  return QDockWidget::event(event);
}

void PanelDock::updateTitleBar() {
  const auto* window = qobject_cast<QMainWindow*>(parentWidget());
  if (window == nullptr || isHidden()) return;
  // One that floats or is closed keeps its place among the tabs.
  const QList<QDockWidget*> beside = window->tabifiedDockWidgets(this);
  const bool tabbed =
      !isFloating() && std::any_of(beside.begin(), beside.end(), [](const QDockWidget* dock) {
        return !dock->isFloating() && !dock->isHidden();
      });
  if (tabbed != hasTitleBar()) return;
  if (tabbed) {
    auto* nothing = new QWidget(this);
    nothing->setFixedHeight(0);
    setTitleBarWidget(nothing);
  } else {
    QWidget* nothing = titleBarWidget();
    setTitleBarWidget(nullptr);
    delete nothing;
  }
}

}  // namespace latent::ui
