#include <QFile>
#include <QProcess>
#include <QProcessEnvironment>
#include <QTemporaryDir>

#include "support/catch.h"
#include "ui/window_fixture.h"

using namespace latent::test;

namespace {

QProcessEnvironment untouched(const QTemporaryDir& home) {
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  environment.remove("GOMP_SPINCOUNT");
  environment.remove("OMP_WAIT_POLICY");
  environment.insert("QT_QPA_PLATFORM", "offscreen");
  for (const char* folder :
       {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"}) {
    environment.insert(folder, home.path());
  }
  return environment;
}

/// What a program was begun with, not what it has set since.
QByteArrayList begunWith(qint64 process) {
  QFile file(QStringLiteral("/proc/%1/environ").arg(process));
  return file.open(QIODevice::ReadOnly) ? file.readAll().split('\0') : QByteArrayList();
}

}  // namespace

TEST_CASE("the window's OpenMP has read how its threads are to wait, though Qt loads it first") {
  const QTemporaryDir home;
  QProcess program;
  program.setProcessEnvironment(untouched(home));
  program.start(QStringLiteral(LATENT_BINARY_DIR "/latent-studio"), {});
  REQUIRE(program.waitForStarted());
  const qint64 process = program.processId();
  CHECK(waitFor([&] { return begunWith(process).contains("GOMP_SPINCOUNT=1000"); }, 30'000));
  CHECK(program.state() == QProcess::Running);
  program.kill();
  program.waitForFinished();
}

TEST_CASE("a program that begins again keeps its arguments and its exit code") {
  const QTemporaryDir home;
  QProcess program;
  program.setProcessEnvironment(untouched(home));
  program.start(QStringLiteral(LATENT_BINARY_DIR "/latent-studio"),
                {QStringLiteral("--no-such-option")});
  REQUIRE(program.waitForFinished());
  CHECK(program.exitCode() == 2);
  CHECK(program.readAllStandardError().contains("no-such-option"));
}
