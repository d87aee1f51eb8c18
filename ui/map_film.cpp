#include "ui/map_film.h"

#include <QFileInfo>
#include <QPainter>
#include <algorithm>

#include "latent/pictures.h"
#include "ui/explorer_service.h"
#include "ui/panels/map_panel.h"
#include "ui/run_controller.h"
#include "ui/theme.h"

namespace latent::ui {
namespace {

constexpr int kLookMilliseconds = 30;

Picture toPicture(const QImage& image) {
  const QImage rgb = image.convertToFormat(QImage::Format_RGB888);
  Picture picture{.width = rgb.width(), .height = rgb.height(), .channels = 3, .pixels = {}};
  const auto row = static_cast<std::size_t>(rgb.width()) * 3;
  picture.pixels.resize(row * static_cast<std::size_t>(rgb.height()));
  for (int y = 0; y < rgb.height(); ++y) {
    std::copy_n(rgb.constScanLine(y), row,
                picture.pixels.begin() + static_cast<std::ptrdiff_t>(row) * y);
  }
  return picture;
}

}  // namespace

MapFilm::MapFilm(RunController* run, ExplorerService* explorer, MapPanel* map, QObject* parent)
    : QObject(parent), m_run(run), m_explorer(explorer), m_map(map) {
  m_timer.setInterval(kLookMilliseconds);
  connect(&m_timer, &QTimer::timeout, this, &MapFilm::look);
  connect(m_run, &RunController::runChanged, this, &MapFilm::cancel);
}

void MapFilm::begin(const QString& path, Format format, int epochsPerSecond) {
  TimeMachine* machine = m_run->timeMachine();
  if (m_running || machine->kept().empty()) return;
  m_path = path;
  m_format = format;
  m_epochsPerSecond = std::max(1, epochsPerSecond);
  m_pictures.clear();
  m_epochs.clear();
  for (const KeptEpoch& each : machine->kept()) m_epochs.push_back(each.epoch);
  m_from = machine->epoch();
  m_following = m_map->map()->isFollowing();
  m_map->map()->setFollowing(false);
  m_running = true;
  emit runningChanged(true);
  emit progressed(0, static_cast<int>(m_epochs.size()));
  machine->goTo(m_epochs.front());
  m_timer.start();
}

void MapFilm::look() {
  TimeMachine* machine = m_run->timeMachine();
  const int epoch = m_epochs[static_cast<std::size_t>(m_pictures.size())];
  if (machine->epoch() != epoch) {
    // It could not be read, or the person went elsewhere.
    cancel();
    return;
  }
  const auto frame = m_explorer->frame();
  if (!frame || frame->epoch != static_cast<double>(epoch) || frame->older > 0 ||
      !m_map->isStill()) {
    return;
  }
  QImage picture = m_map->map()->picture(1.0);
  if (picture.isNull()) {
    emit errorOccurred(tr("The map could not be drawn as a picture."), {});
    cancel();
    return;
  }
  QPainter painter(&picture);
  painter.setFont(Theme::titleFont());
  painter.setPen(Theme::of(m_map).text);
  painter.drawText(picture.rect().adjusted(0, 0, -Theme::kMedium, -Theme::kSmall),
                   int(Qt::AlignRight) | int(Qt::AlignBottom), tr("epoch %1").arg(epoch));
  painter.end();
  m_pictures.append(picture);
  emit progressed(static_cast<int>(m_pictures.size()), static_cast<int>(m_epochs.size()));
  if (m_pictures.size() < static_cast<qsizetype>(m_epochs.size())) {
    // The nearest that is kept: one that was dropped meanwhile is passed by.
    while (m_pictures.size() < static_cast<qsizetype>(m_epochs.size())) {
      const int next = m_epochs[static_cast<std::size_t>(m_pictures.size())];
      const auto& kept = machine->kept();
      if (std::any_of(kept.begin(), kept.end(),
                      [next](const KeptEpoch& each) { return each.epoch == next; })) {
        machine->goTo(next);
        return;
      }
      m_epochs.erase(m_epochs.begin() + m_pictures.size());
    }
  }
  write();
}

void MapFilm::write() {
  m_timer.stop();
  m_writing.start(
      [this, path = m_path, format = m_format, pictures = m_pictures, epochs = m_epochs,
       delay = 100 / m_epochsPerSecond](const std::stop_token& stop,
                                        const ProgressFunction&) -> std::function<void()> {
        const QFileInfo file(path);
        const auto pictureName = [&file](const QString& epoch) {
          return QStringLiteral("%1/%2-%3.png").arg(file.path(), file.completeBaseName(), epoch);
        };
        std::vector<Picture> frames;
        for (qsizetype i = 0; i < pictures.size(); ++i) {
          if (stop.stop_requested()) throw Error{ErrorCode::Cancelled, "Cancelled."};
          if (format == Format::Gif) {
            frames.push_back(toPicture(pictures[i]));
            continue;
          }
          const int epoch = epochs[static_cast<std::size_t>(i)];
          write_png(
              pictureName(QStringLiteral("%1").arg(epoch, 6, 10, QLatin1Char('0'))).toStdString(),
              toPicture(pictures[i]));
        }
        if (format == Format::Gif) write_gif(path.toStdString(), frames, delay, stop);
        const QString written =
            format == Format::Gif ? path : pictureName(QStringLiteral("000000…"));
        return [this, written] {
          end();
          emit saved(written);
        };
      },
      [this](const Error& error) {
        end();
        if (error.code() == ErrorCode::Cancelled) return;
        emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
      });
}

void MapFilm::cancel() {
  if (!m_running) return;
  if (m_writing.isRunning()) {
    m_writing.cancel();  // its answer ends the film
  } else {
    end();
  }
}

void MapFilm::end() {
  m_timer.stop();
  m_pictures.clear();
  m_running = false;
  m_map->map()->setFollowing(m_following);
  if (m_from) {
    m_run->timeMachine()->goTo(*m_from);
  } else {
    m_run->timeMachine()->goLive();
  }
  emit runningChanged(false);
}

}  // namespace latent::ui
