#pragma once

#include <QObject>
#include <QTimer>
#include <filesystem>

namespace latent::ui {
class MainWindow;
}

namespace latent::studio {

/// Waits until the run has ended and all of it is drawn, saves the window as a picture, and ends
/// the program: with 0, or with 1 and a sentence on the error stream.
class WindowPicture : public QObject {
 public:
  WindowPicture(ui::MainWindow* window, std::filesystem::path path);

 private:
  void look();
  void fail(const QString& sentence);

  ui::MainWindow* m_window;
  std::filesystem::path m_path;
  QTimer m_timer;
  int m_calm = 0;  ///< looks in a row at which nothing was left to draw
  bool m_ended = false;
};

}  // namespace latent::studio
