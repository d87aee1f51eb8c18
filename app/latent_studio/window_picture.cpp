#include "window_picture.h"

#include <QApplication>
#include <QPixmap>
#include <cstdio>

#include "ui/explored_run.h"
#include "ui/explorer_service.h"
#include "ui/main_window.h"
#include "ui/map_overlays.h"
#include "ui/panels/comparison_panel.h"
#include "ui/run_controller.h"

namespace latent::studio {
namespace {

constexpr int kLookMilliseconds = 100;
constexpr int kCalmLooks = 8;

bool isStill(const ui::RunController& run, const ui::ExplorerService& explorer,
             const ui::MapOverlays& overlays) {
  // An opened run is paused and is shown as it is.
  return run.hasRun() && run.state() != SessionState::Running &&
         (run.state() == SessionState::Finished || run.progress().step > 0) &&
         explorer.isUpToDate() && overlays.isUpToDate();
}

}  // namespace

WindowPicture::WindowPicture(ui::MainWindow* window, std::filesystem::path path)
    : m_window(window), m_path(std::move(path)) {
  connect(window, &ui::MainWindow::errorShown, this, &WindowPicture::fail);
  connect(&m_timer, &QTimer::timeout, this, &WindowPicture::look);
  m_timer.start(kLookMilliseconds);
}

void WindowPicture::look() {
  const ui::ExploredRun* beside = m_window->comparison()->beside();
  const bool still = !m_window->isProjectOnItsWay() &&
                     isStill(*m_window->run(), *m_window->explorer(), *m_window->overlays()) &&
                     (beside == nullptr || isStill(*beside->run(), *beside->explorer(),
                                                   *m_window->comparison()->besideOverlays()));
  m_calm = still ? m_calm + 1 : 0;
  if (m_calm < kCalmLooks) return;
  m_timer.stop();
  if (!m_window->grab().save(QString::fromStdString(m_path.string()), "PNG")) {
    fail(
        tr("The picture could not be written to %1.").arg(QString::fromStdString(m_path.string())));
    return;
  }
  m_ended = true;
  m_window->close();
}

void WindowPicture::fail(const QString& sentence) {
  if (m_ended) return;
  m_ended = true;
  m_timer.stop();
  std::fprintf(stderr, "latent-studio: %s\n", qUtf8Printable(sentence));
  connect(m_window->run(), &ui::RunController::shutDownFinished, qApp,
          [] { QApplication::exit(1); });
  m_window->run()->shutDown();
}

}  // namespace latent::studio
