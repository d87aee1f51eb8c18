#pragma once

#include <QApplication>
#include <QElapsedTimer>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>
#include <functional>
#include <memory>
#include <thread>

#include "latent/left_out_class.h"
#include "latent/snapshot.h"
#include "support/fake_engine.h"
#include "ui/exploration.h"
#include "ui/explorer_service.h"
#include "ui/main_window.h"
#include "ui/panels/experiment_panel.h"
#include "ui/panels/map_panel.h"
#include "ui/run_controller.h"

namespace latent::test {

/// Events go on while it waits; false when `condition` does not come true in time.
inline bool waitFor(const std::function<bool()>& condition, int milliseconds = 10'000) {
  QElapsedTimer clock;
  clock.start();
  while (!condition()) {
    if (clock.elapsed() > milliseconds) return false;
    QApplication::processEvents(QEventLoop::AllEvents, 10);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// The whole window over the fake engine, with its own settings and runs.
struct WindowFixture {
  WindowFixture() {
    QCoreApplication::setOrganizationName("latent-studio-test");
    QCoreApplication::setApplicationName("latent-studio-test");
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, folder.path());
    config.data = "bars";
    config.model = "vae";
    config.epochs = 1000;
    config.batch_size = 100;
  }

  ui::Backend backend() {
    ui::Backend result;
    result.loadEngine = [this]() -> const Engine& { return engine; };
    result.listSources = [this] {
      DataSourceInfo bars;
      bars.id = "bars";
      bars.title = "Bars";
      bars.description = "Bars at ten angles.";
      bars.available = true;
      DataSourceInfo remote;
      remote.id = "remote";
      remote.title = "Remote bars";
      remote.unavailable_because = "Remote bars are not here yet.";
      remote.available = remoteFetched;
      remote.fetchable = true;
      return std::vector<DataSourceInfo>{bars, remote};
    };
    result.loadData = [this](const std::string& id, const DataOptions&,
                             const ProgressFunction& tell, std::stop_token stop) {
      if (id == "missing") {
        throw Error(ErrorCode::DatasetNotFound, "There is no data set \"missing\".");
      }
      for (int i = 0; i < loadSteps; ++i) {
        if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "Cancelled.");
        tell(i, loadSteps, "Reading Bars");
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
      const auto left = left_out_class(id);
      DataSplit data = make_fake_data(left ? left->data : id, dataOptions);
      if (left) data = without_class(data, left->label);
      data.id = id;
      return data;
    };
    result.fetchData = [this](const std::string&, const ProgressFunction& tell,
                              std::stop_token stop) {
      for (int i = 0; i < 20; ++i) {
        if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "Cancelled.");
        tell(i, 20, "Fetching");
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      if (fetchFails) throw Error(ErrorCode::NetworkFailed, "The network cannot be reached.");
      remoteFetched = true;
    };
    return result;
  }

  ui::MainWindow& open(QSize size = {1400, 900}) {
    ui::MainWindow::Options options;
    options.backend = backend();
    options.runDirectory = (folder.path() + "/runs").toStdString();
    options.size = size;
    window = std::make_unique<ui::MainWindow>(options);
    window->experiment()->setConfig(config);
    window->show();
    window->start();
    return *window;
  }

  /// Trains until the map shows something.
  ui::MainWindow& train() {
    ui::MainWindow& opened = open();
    opened.trainWhenReady(config, true);
    waitFor([&] { return opened.explorer()->frame() && opened.run()->progress().step > 20; });
    return opened;
  }

  /// Pauses, and waits until every panel shows the weights at which training came to rest: what is
  /// read from the window then stays.
  bool comeToRest() {
    ui::RunController& run = *window->run();
    run.pause();
    return waitFor([&] {
             const SessionState state = run.progress().state;
             return state == SessionState::Paused || state == SessionState::Finished;
           }) &&
           waitFor([&] { return run.snapshot() && run.snapshot()->step == run.progress().step; }) &&
           waitFor([&] { return window->explorer()->isUpToDate(); });
  }

  template <typename Widget>
  Widget* find(const char* name) {
    auto* widget = window->findChild<Widget*>(QLatin1String(name));
    if (widget == nullptr) throw std::runtime_error(std::string("no widget called ") + name);
    return widget;
  }

  QTemporaryDir folder;
  FakeEngine engine;
  FakeDataOptions dataOptions;
  TrainingConfig config;
  int loadSteps = 0;
  std::atomic<bool> remoteFetched = false;
  bool fetchFails = false;
  std::unique_ptr<ui::MainWindow> window;
};

}  // namespace latent::test
