#include "close_on_signal.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace latent::studio {
namespace {

constexpr std::array kSignals = {SIGTERM, SIGINT, SIGHUP};

// A signal handler may do little more than write to a file; the event loop reads the other end.
int s_writeEnd = -1;
int s_readEnd = -1;

void note(int /*number*/) {
  const char byte = 0;
  [[maybe_unused]] const auto written = ::write(s_writeEnd, &byte, 1);
}

}  // namespace

CloseOnSignal::CloseOnSignal(QWidget* window) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
  s_readEnd = ends[0];
  s_writeEnd = ends[1];
  m_notifier = std::make_unique<QSocketNotifier>(s_readEnd, QSocketNotifier::Read);
  QObject::connect(m_notifier.get(), &QSocketNotifier::activated, window, [window] {
    char bytes[16];
    while (::read(s_readEnd, bytes, sizeof bytes) > 0) {
    }
    window->close();
  });
  for (const int number : kSignals) std::signal(number, note);
}

CloseOnSignal::~CloseOnSignal() {
  if (!m_notifier) return;
  for (const int number : kSignals) std::signal(number, SIG_DFL);
  m_notifier.reset();
  ::close(s_readEnd);
  ::close(s_writeEnd);
}

}  // namespace latent::studio
