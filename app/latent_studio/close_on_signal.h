#pragma once

#include <QSocketNotifier>
#include <QWidget>
#include <memory>

namespace latent::studio {

/// Closes the window, which saves the run first, when the system asks the program to end: at
/// SIGTERM (a session's end), SIGINT (Ctrl+C) and SIGHUP (its terminal closed). One at a time.
class CloseOnSignal {
 public:
  explicit CloseOnSignal(QWidget* window);
  ~CloseOnSignal();
  CloseOnSignal(const CloseOnSignal&) = delete;
  CloseOnSignal& operator=(const CloseOnSignal&) = delete;

 private:
  std::unique_ptr<QSocketNotifier> m_notifier;
};

}  // namespace latent::studio
