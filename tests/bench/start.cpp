// From the start of the process to a window that can be used: painted and answering, and then with
// the engine loaded, so that training can begin.
//
//   start      prints one line of JSON, milliseconds
#include <QApplication>
#include <QTemporaryDir>
#include <QTimer>
#include <cstdio>

#include "latent/numeric_environment.h"
#include "process_clock.h"
#include "ui/main_window.h"
#include "ui/run_controller.h"

int main(int argc, char* argv[]) {
  latent::restart_if_settings_came_late(argv);  // as the program does
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  QTemporaryDir folder;
  latent::ui::MainWindow::Options options;
  options.remembers = false;
  options.offersRecovery = false;
  options.runDirectory = folder.filePath("runs").toStdString();
  options.size = QSize(1366, 768);
  latent::ui::MainWindow window(options);
  window.show();
  window.start();
  double answering = -1.0;
  // After the first paint, which is in the queue already.
  QTimer::singleShot(0, &window, [&] {
    window.repaint();
    answering = latent::bench::milliseconds_since_start();
  });
  QObject::connect(window.run(), &latent::ui::RunController::engineReady, &window, [&] {
    std::printf("{\"window_ms\": %.0f, \"engine_ms\": %.0f}\n", answering,
                latent::bench::milliseconds_since_start());
    std::fflush(stdout);
    window.close();
    QTimer::singleShot(0, &application, &QApplication::quit);
  });
  return QApplication::exec();
}
