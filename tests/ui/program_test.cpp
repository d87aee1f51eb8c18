#include <QDir>
#include <QImage>
#include <QProcess>
#include <QTemporaryDir>
#include <QThread>

#include "support/catch.h"

namespace {

struct Ended {
  int code = -1;
  QString out;
  QString err;
};

QString program() {
  return QStringLiteral(LATENT_BINARY_DIR "/latent-studio");
}

Ended run(const QStringList& arguments, int milliseconds = 10'000) {
  QProcess process;
  process.start(program(), arguments);
  if (!process.waitForFinished(milliseconds)) {
    process.kill();
    process.waitForFinished();
    return {};
  }
  return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
          QString::fromUtf8(process.readAllStandardError())};
}

/// Its settings and runs are its own.
struct OwnHome {
  OwnHome() {
    qputenv("XDG_DATA_HOME", folder.path().toUtf8());
    qputenv("XDG_CONFIG_HOME", folder.path().toUtf8());
  }
  ~OwnHome() {
    data.isNull() ? qunsetenv("XDG_DATA_HOME") : qputenv("XDG_DATA_HOME", data);
    config.isNull() ? qunsetenv("XDG_CONFIG_HOME") : qputenv("XDG_CONFIG_HOME", config);
  }
  QByteArray data = qgetenv("XDG_DATA_HOME");
  QByteArray config = qgetenv("XDG_CONFIG_HOME");
  QTemporaryDir folder;
};

}  // namespace

TEST_CASE("nonsense on the window's command line is one sentence and code 2", "[program]") {
  const auto [arguments, sentence] = GENERATE(
      std::pair{QStringList{"--nonsense"}, "nonsense"},
      std::pair{QStringList{"--latent", "0"}, "--latent must be a whole number from 1 to 512"},
      std::pair{QStringList{"--network", "round"}, "--network must be one of dense, conv"},
      std::pair{QStringList{"--size", "10x10"}, "--size must be such as 1600x1000"},
      std::pair{QStringList{"--overlays", "prior,clouds"}, "--overlays takes names from stretch"},
      std::pair{QStringList{"--set", "beta"}, "--set takes a knob and a number"},
      std::pair{QStringList{"--compare", "vae"}, "--compare takes two systems"},
      std::pair{QStringList{"--compare", "deep-ae,vae", "--model", "vae"}, "leave --model out"},
      std::pair{QStringList{"--screenshot", "/no/such/folder/x.png"}, "does not exist"},
      std::pair{QStringList{"/no/such/run.safetensors"}, "There is no file"});
  const Ended ended = run(arguments);
  CHECK(ended.code == 2);
  CHECK(ended.err.startsWith("latent-studio: "));
  CHECK(ended.err.contains(sentence));
  CHECK(ended.err.count('\n') == 1);
}

TEST_CASE("help and version need no display", "[program]") {
  qputenv("QT_QPA_PLATFORM", "none such");
  const Ended help = run({"--help"});
  const Ended version = run({"--version"});
  qputenv("QT_QPA_PLATFORM", "offscreen");
  CHECK(help.code == 0);
  CHECK(help.out.contains("--screenshot"));
  CHECK(version.code == 0);
  CHECK(version.out.startsWith("Latent Studio "));
}

TEST_CASE("a screenshot is trained for and has the size that was asked for", "[program][engine]") {
  const OwnHome home;
  const QString path = home.folder.filePath("window.png");
  const Ended ended =
      run({"--data", "mnist-10k", "--model", "vae", "--epochs", "1", "--screenshot", path, "--size",
           "1120x700", "--theme", "dark", "--overlays", "posteriors,prior,stretch,off-manifold"},
          120'000);
  INFO(ended.err.toStdString());
  REQUIRE(ended.code == 0);
  CHECK(QImage(path).size() == QSize(1120, 700));
}

TEST_CASE("what cannot be shown in a screenshot is a sentence and code 1", "[program][engine]") {
  const OwnHome home;
  const QString path = home.folder.filePath("window.png");
  const Ended ended = run({"--data", "no-such-data", "--screenshot", path}, 60'000);
  CHECK(ended.code == 1);
  CHECK(ended.err.contains("no-such-data"));
  CHECK(QImage(path).isNull());
}

TEST_CASE("a program that is told to end saves its run first", "[program][engine]") {
  const OwnHome home;
  QProcess process;
  process.start(program(), {"--data", "mnist-10k", "--model", "vae", "--epochs", "500", "--train"});
  REQUIRE(process.waitForStarted());
  const QDir runs(home.folder.filePath("latent-studio/runs"));
  for (int i = 0; i < 600 && runs.entryList({"*.safetensors"}).isEmpty(); ++i) QThread::msleep(100);
  REQUIRE_FALSE(runs.entryList({"*.safetensors"}).isEmpty());
  process.terminate();
  REQUIRE(process.waitForFinished(30'000));
  CHECK(process.exitStatus() == QProcess::NormalExit);
  CHECK(process.exitCode() == 0);
  CHECK(runs.entryList({"*.lock"}).isEmpty());
}
