#include <QApplication>
#include <QTimer>
#include <cstdio>
#include <memory>

#include "close_on_signal.h"
#include "command_line.h"
#include "latent/numeric_environment.h"
#include "ui/main_window.h"
#include "ui/panels/experiment_panel.h"
#include "window_picture.h"

namespace {

constexpr int kUsageError = 2;

}  // namespace

int main(int argc, char* argv[]) {
  using latent::studio::CommandLine;
  latent::restart_if_settings_came_late(argv);
  QCoreApplication::setOrganizationName(QStringLiteral("latent-studio"));
  QCoreApplication::setApplicationName(QStringLiteral("latent-studio"));
  QCoreApplication::setApplicationVersion(QStringLiteral(LATENT_VERSION));

  CommandLine asked;
  {
    QStringList arguments;
    for (int i = 0; i < argc; ++i) arguments.append(QString::fromLocal8Bit(argv[i]));
    const bool picture = arguments.contains(QStringLiteral("--screenshot"));
    asked = latent::studio::parseCommandLine(
        arguments, picture ? latent::TrainingConfig{}
                           : latent::ui::Settings::experiment().value_or(latent::TrainingConfig{}));
  }
  switch (asked.action) {
    case CommandLine::Action::Help:
    case CommandLine::Action::Version:
      std::printf("%s\n", qUtf8Printable(asked.text.trimmed()));
      return 0;
    case CommandLine::Action::Refuse:
      std::fprintf(stderr, "latent-studio: %s\n", qUtf8Printable(asked.text));
      return kUsageError;
    case CommandLine::Action::Run:
      break;
  }

  QApplication application(argc, argv);
  QApplication::setApplicationDisplayName(QStringLiteral("Latent Studio"));
  const bool picture = !asked.screenshot.empty();
  latent::ui::MainWindow::Options options;
  options.remembers = !picture;
  options.offersRecovery = !picture;
  options.theme = asked.theme;
  options.size = asked.size;
  options.overlays = asked.overlays;
  latent::ui::MainWindow window(options);
  window.show();
  const latent::studio::CloseOnSignal closing(&window);

  if (!asked.open.empty()) {
    window.openWhenReady(asked.open, asked.train);
  } else if (!asked.besideModel.empty()) {
    latent::TrainingConfig beside = asked.config;
    beside.model = asked.besideModel;
    beside.hyperparameters.clear();
    window.compareWhenReady(asked.config, beside);
  } else if (asked.train || picture) {
    window.trainWhenReady(asked.config, picture || asked.dataNamed);
  } else if (asked.configured) {
    window.experiment()->setConfig(asked.config);
  }
  std::unique_ptr<latent::studio::WindowPicture> photographer;
  if (picture) {
    photographer = std::make_unique<latent::studio::WindowPicture>(&window, asked.screenshot);
  }
  // The window is drawn before the engine is loaded.
  QTimer::singleShot(0, &window, &latent::ui::MainWindow::start);
  return QApplication::exec();
}
