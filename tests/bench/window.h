#pragma once

#include <QElapsedTimer>
#include <QEventLoop>
#include <QObject>
#include <QTemporaryDir>
#include <QTimer>
#include <cstdio>
#include <functional>

#include "ui/main_window.h"

/// The real window, measured.
namespace latent::bench {

inline void wait(int milliseconds) {
  QEventLoop loop;
  QTimer::singleShot(milliseconds, Qt::PreciseTimer, &loop, &QEventLoop::quit);
  loop.exec();
}

/// Whether `condition` held within `longest` milliseconds.
inline bool wait_for(const std::function<bool()>& condition, int longest) {
  QElapsedTimer clock;
  clock.start();
  while (!condition() && clock.elapsed() < longest) wait(20);
  return condition();
}

/// Neither remembers nor offers what other windows left; its runs are in `folder`.
inline ui::MainWindow::Options window_options(const QTemporaryDir& folder, const QSize& size) {
  ui::MainWindow::Options options;
  options.remembers = false;
  options.offersRecovery = false;
  options.runDirectory = folder.filePath("runs").toStdString();
  options.size = size;
  return options;
}

/// Errors that the window shows go to stderr, and `failed` becomes true.
inline void watch_errors(ui::MainWindow& window, bool& failed) {
  QObject::connect(&window, &ui::MainWindow::errorShown, [&failed](const QString& sentence) {
    std::fprintf(stderr, "%s\n", qUtf8Printable(sentence));
    failed = true;
  });
}

}  // namespace latent::bench
