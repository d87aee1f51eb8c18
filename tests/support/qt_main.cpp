#ifndef LATENT_CATCH2_V3
#define CATCH_CONFIG_RUNNER
#endif
#include <QApplication>

#include "support/catch.h"

int main(int argc, char* argv[]) {
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  return Catch::Session().run(argc, argv);
}
