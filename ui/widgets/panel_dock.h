#pragma once

#include <QDockWidget>
#include <QTimer>

namespace latent::ui {

/// A dock that drops its title bar while it lies behind tabs: the tab already says its name, can be
/// dragged out, and a double click on it lets the dock float.
class PanelDock : public QDockWidget {
  Q_OBJECT

 public:
  explicit PanelDock(const QString& title, QWidget* parent = nullptr);

  bool hasTitleBar() const { return titleBarWidget() == nullptr; }

 protected:
  bool event(QEvent* event) override;

 private:
  void updateTitleBar();

  QTimer m_settled;
};

}  // namespace latent::ui
