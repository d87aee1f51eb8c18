#include "ui/run_export.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <utility>

#include "latent/atomic_file.h"
#include "latent/npz_file.h"
#include "ui/plots/latent_map.h"
#include "ui/run_controller.h"

namespace latent::ui {

void writeMapCsv(const std::filesystem::path& path, const MapFrame& frame, const DataSplit& data) {
  write_atomically(path, [&](std::ostream& out) {
    out << "test_index,source_index,label,x,y";
    for (int l = 0; l < frame.latentDim; ++l) out << ",z" << l + 1;
    out << '\n';
    const auto dims = static_cast<std::size_t>(frame.latentDim);
    for (std::size_t i = 0; i < frame.size(); ++i) {
      out << i << ',' << (i < data.test_index.size() ? data.test_index[i] : -1) << ','
          << data.test->labels[i] << ',' << frame.points[2 * i] << ',' << frame.points[2 * i + 1];
      for (std::size_t l = 0; l < dims; ++l) out << ',' << (*frame.codes)[i * dims + l];
      out << '\n';
    }
  });
}

void writeMapNpz(const std::filesystem::path& path, const MapFrame& frame, const DataSplit& data) {
  const auto n = static_cast<std::int64_t>(frame.size());
  std::vector<std::int64_t> test;
  std::vector<std::int64_t> source;
  std::vector<std::int64_t> label;
  for (std::size_t i = 0; i < frame.size(); ++i) {
    test.push_back(static_cast<std::int64_t>(i));
    source.push_back(i < data.test_index.size() ? data.test_index[i] : -1);
    label.push_back(data.test->labels[i]);
  }
  const std::span<const float> plane(frame.points.data(), 2 * frame.size());
  const std::span<const float> codes(frame.codes->data(),
                                     frame.size() * static_cast<std::size_t>(frame.latentDim));
  write_npz(path, {{"test_index", {n}, std::span<const std::int64_t>(test)},
                   {"source_index", {n}, std::span<const std::int64_t>(source)},
                   {"label", {n}, std::span<const std::int64_t>(label)},
                   {"plane", {n, 2}, plane},
                   {"z", {n, std::int64_t{frame.latentDim}}, codes}});
}

RunExport::RunExport(RunController* run, ExplorerService* explorer, LatentMap* map, QWidget* window)
    : QObject(window), m_run(run), m_explorer(explorer), m_map(map), m_window(window) {}

QString RunExport::ask(const QString& title, const QString& name, const QString& ending,
                       const QString& kinds) {
  QString path =
      QFileDialog::getSaveFileName(m_window, title, QDir::home().filePath(name + ending), kinds);
  if (!path.isEmpty() && QFileInfo(path).suffix().isEmpty()) path += ending;
  return path;
}

void RunExport::write(const QString& path, std::function<void()> work) {
  m_task.start(
      [this, path, work = std::move(work)](const std::stop_token&,
                                           const ProgressFunction&) -> std::function<void()> {
        work();
        return [this, path] { emit saved(path); };
      },
      [this](const Error& error) {
        emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
      });
}

void RunExport::askForMap() {
  const QString path = ask(tr("Save the map"), QStringLiteral("map"), QStringLiteral(".png"),
                           tr("Pictures (*.png *.svg)"));
  if (!path.isEmpty() && m_map->exportTo(path)) emit saved(path);
}

void RunExport::askForCodes() {
  const QString path = ask(tr("Save the codes"), QStringLiteral("codes"), QStringLiteral(".csv"),
                           tr("Comma-separated values (*.csv);;NumPy arrays (*.npz)"));
  if (!path.isEmpty()) writeCodes(path);
}

void RunExport::askForNetwork(NetworkHalf half) {
  const bool decoder = half == NetworkHalf::Decoder;
  const QString path = ask(decoder ? tr("Save the decoder") : tr("Save the encoder"),
                           decoder ? QStringLiteral("decoder") : QStringLiteral("encoder"),
                           QStringLiteral(".pt"), tr("TorchScript (*.pt)"));
  if (!path.isEmpty()) writeNetwork(half, path);
}

void RunExport::writeCodes(const QString& path) {
  const auto frame = m_explorer->frame();
  if (!frame) {
    emit errorOccurred(tr("There are no codes to save yet: train first."), {});
    return;
  }
  const bool arrays = path.endsWith(QStringLiteral(".npz"), Qt::CaseInsensitive);
  write(path, [frame, arrays, file = path.toStdString(), data = m_run->data()] {
    arrays ? writeMapNpz(file, *frame, data) : writeMapCsv(file, *frame, data);
  });
}

void RunExport::writeNetwork(NetworkHalf half, const QString& path) {
  const auto model = m_explorer->model();
  if (!model) {
    emit errorOccurred(tr("There is no network to save yet: train first."), {});
    return;
  }
  write(path, [model, half, engine = m_run->engine(), file = path.toStdString()] {
    engine->write_torch_script(*model, half, file);
  });
}

}  // namespace latent::ui
