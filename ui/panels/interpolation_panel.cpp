#include "ui/panels/interpolation_panel.h"

#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QSignalBlocker>
#include <QSlider>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <span>

#include "latent/latent_space.h"
#include "latent/pictures.h"
#include "ui/exploration.h"
#include "ui/explorer_service.h"
#include "ui/panels/caption.h"
#include "ui/panels/digit_picker.h"
#include "ui/run_controller.h"
#include "ui/theme.h"
#include "ui/widgets/film_strip.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/named.h"
#include "ui/widgets/pictures.h"

namespace latent::ui {
namespace {

constexpr int kPositionSteps = 1000;
constexpr int kPlayTick = 33;
constexpr double kPlaySeconds = 2.5;  // from A to B
constexpr int kStripFrames = 12;
constexpr int kFilmFrames = 40;
constexpr int kFilmDelay = 6;  // hundredths of a second
constexpr int kScale = 4;

}  // namespace

InterpolationPanel::InterpolationPanel(RunController* run, ExplorerService* explorer,
                                       Exploration* exploration, QWidget* parent)
    : QWidget(parent), m_run(run), m_explorer(explorer), m_exploration(exploration) {
  setObjectName(QStringLiteral("interpolationPanel"));
  const QString names[] = {tr("A"), tr("B")};
  std::array<QVBoxLayout*, 2> columns{};
  for (int which = 0; which < 2; ++which) {
    const auto at = static_cast<std::size_t>(which);
    m_ends[at] = named(new ImageView, which == 0 ? "endA" : "endB",
                       tr("Picture at end %1").arg(names[which]));
    m_ends[at]->setFixedSize(64, 64);
    m_ends[at]->setEmptyText(names[which]);
    m_pick[at] = named(new QToolButton, which == 0 ? "pickA" : "pickB",
                       tr("Choose end %1").arg(names[which]),
                       tr("Choose a test picture for end %1, or Shift+click a point of the map")
                           .arg(names[which]));
    m_pick[at]->setText(tr("Choose %1…").arg(names[which]));
    columns[at] = new QVBoxLayout;
    columns[at]->setSpacing(Theme::kTight);
    columns[at]->addWidget(m_ends[at], 0, Qt::AlignHCenter);
    columns[at]->addWidget(m_pick[at], 0, Qt::AlignHCenter);
    columns[at]->addStretch(1);
    connect(m_pick[at], &QToolButton::clicked, this, [this, which] { pickEnd(which); });
  }
  m_strip = named(new FilmStrip, "filmStrip", tr("Pictures from A to B"));
  m_strip->setEmptyText(
      tr("Choose two pictures, A and B: the path between them is decoded here. "
         "Shift+click in the map picks them too."));
  m_slider = named(new QSlider(Qt::Horizontal), "pathPosition", tr("Position between A and B"),
                   tr("Moves along the path from A to B."));
  m_slider->setRange(0, kPositionSteps);
  m_slider->setValue(kPositionSteps / 2);
  m_position = new QLabel;
  m_position->setFont(Theme::numberFont());
  m_position->setMinimumWidth(m_position->fontMetrics().horizontalAdvance(QStringLiteral("0.000")));
  m_kind =
      named(new QComboBox, "pathKind", tr("Kind of path"),
            tr("Linear: the straight line. Spherical: along the sphere around the origin, where "
               "the prior of a VAE has most of its mass. Shortest: the way along which the decoded "
               "picture changes least, found anew as the ends and the network change; the straight "
               "line where none is shorter."));
  m_kind->addItem(tr("Linear"), static_cast<int>(Exploration::Way::Linear));
  m_kind->addItem(tr("Spherical"), static_cast<int>(Exploration::Way::Spherical));
  m_kind->addItem(tr("Shortest"), static_cast<int>(Exploration::Way::Shortest));
  m_play = named(new QToolButton, "playPath", tr("Play the path"), tr("Play from A to B and back"));
  m_play->setCheckable(true);
  m_play->setIcon(themedIcon(QStringLiteral("play")));
  m_swap = named(new QToolButton, "swapEnds", tr("Swap A and B"), tr("Swap A and B"));
  m_swap->setIcon(themedIcon(QStringLiteral("swap")));
  m_export = named(new QToolButton, "exportPath", tr("Export the path"),
                   tr("Save the path as a strip (PNG) or as a film (GIF)"));
  m_export->setIcon(themedIcon(QStringLiteral("export")));
  m_export->setPopupMode(QToolButton::InstantPopup);
  auto* menu = new QMenu(m_export);
  menu->addAction(tr("Strip as PNG…"), this, [this] { askExport(tr("PNG (*.png)"), false); });
  menu->addAction(tr("Film as GIF…"), this, [this] { askExport(tr("GIF (*.gif)"), true); });
  m_export->setMenu(menu);

  auto* controls = new QHBoxLayout;
  controls->setSpacing(Theme::kSmall);
  controls->addWidget(m_play);
  controls->addWidget(m_slider, 1);
  controls->addWidget(m_position);
  controls->addWidget(m_kind);
  controls->addWidget(m_swap);
  controls->addWidget(m_export);
  auto* middle = new QVBoxLayout;
  middle->setSpacing(Theme::kSmall);
  middle->addWidget(m_strip, 1);
  middle->addLayout(controls);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(Theme::kMedium, Theme::kSmall, Theme::kMedium, Theme::kSmall);
  layout->setSpacing(Theme::kMedium);
  layout->addLayout(columns[0]);
  layout->addLayout(middle, 1);
  layout->addLayout(columns[1]);

  m_timer = new QTimer(this);
  m_timer->setInterval(kPlayTick);
  connect(m_timer, &QTimer::timeout, this, &InterpolationPanel::advance);
  connect(m_play, &QToolButton::toggled, this, &InterpolationPanel::setPlaying);
  connect(m_swap, &QToolButton::clicked, m_exploration, &Exploration::swapEnds);
  connect(m_kind, &QComboBox::currentIndexChanged, this, [this] {
    m_exploration->setWay(static_cast<Exploration::Way>(m_kind->currentData().toInt()));
  });
  connect(m_slider, &QSlider::valueChanged, this, [this](int value) {
    m_exploration->setPosition(static_cast<double>(value) / kPositionSteps);
  });
  connect(m_strip, &FilmStrip::positionChanged, m_exploration, &Exploration::setPosition);
  connect(m_run, &RunController::runChanged, this, &InterpolationPanel::followRun);
  connect(m_exploration, &Exploration::pathChanged, this, &InterpolationPanel::followPath);
  connect(m_exploration, &Exploration::positionChanged, this, [this](double t) {
    const QSignalBlocker blocker(m_slider);
    m_slider->setValue(static_cast<int>(std::lround(t * kPositionSteps)));
    m_position->setText(QString::number(t, 'f', 2));
    m_strip->setPosition(t);
  });
  connect(m_explorer, &ExplorerService::pathDecoded, this, [this](const QVector<QImage>& pictures) {
    if (!m_exploration->hasPath() || pictures.isEmpty()) return;
    m_strip->setPictures(pictures);
    showEnd(0, pictures.first());
    showEnd(1, pictures.last());
  });
  connect(m_explorer, &ExplorerService::framesReady, this, &InterpolationPanel::write);
  followPath();
}

void InterpolationPanel::followRun() {
  setPlaying(false);
  m_strip->setPictures({});
  for (ImageView* end : m_ends) end->setImage({});
  followPath();
}

void InterpolationPanel::followPath() {
  const bool ready = m_exploration->hasPath();
  const bool canPick = m_run->hasRun();
  for (QToolButton* pick : m_pick) pick->setEnabled(canPick);
  m_slider->setEnabled(ready);
  m_kind->setEnabled(ready);
  m_play->setEnabled(ready);
  m_swap->setEnabled(ready);
  m_export->setEnabled(ready);
  m_position->setText(ready ? QString::number(m_exploration->position(), 'f', 2) : QString());
  if (!ready) {
    setPlaying(false);
    m_strip->setPictures({});
    const auto& test = m_run->data().test;
    // One end alone is shown as it is.
    for (int which = 0; which < 2; ++which) {
      const qint64 digit = m_exploration->end(which).digit;
      showEnd(which, digit >= 0 && test ? imageFromBytes(test->image(digit), test->shape.channels,
                                                         test->shape.height, test->shape.width)
                                        : QImage());
    }
  }
}

void InterpolationPanel::showEnd(int which, const QImage& picture) {
  m_ends[static_cast<std::size_t>(which)]->setImage(picture);
}

void InterpolationPanel::pickEnd(int which) {
  const auto& test = m_run->data().test;
  if (!test || test->size() == 0) return;
  auto* picker = new DigitPicker(
      test, which == 0 ? tr("Choose the picture at end A") : tr("Choose the picture at end B"),
      this);
  connect(picker, &DigitPicker::picked, this,
          [this, which](qint64 index) { m_exploration->setEndToDigit(which, index); });
  picker->open();
}

void InterpolationPanel::setPlaying(bool playing) {
  playing = playing && m_exploration->hasPath();
  const QSignalBlocker blocker(m_play);
  m_play->setChecked(playing);
  m_play->setIcon(themedIcon(playing ? QStringLiteral("pause") : QStringLiteral("play")));
  if (playing) {
    m_timer->start();
  } else {
    m_timer->stop();
  }
}

void InterpolationPanel::advance() {
  double t = m_exploration->position() + m_direction * kPlayTick / (1000.0 * kPlaySeconds);
  if (t >= 1.0 || t <= 0.0) m_direction = t >= 1.0 ? -1 : 1;
  t = std::clamp(t, 0.0, 1.0);
  m_exploration->setPosition(t);
}

void InterpolationPanel::askExport(const QString& filter, bool film) {
  const QString ending = film ? QStringLiteral(".gif") : QStringLiteral(".png");
  QString path = QFileDialog::getSaveFileName(
      this, film ? tr("Save the film") : tr("Save the strip"),
      QDir::home().filePath(QStringLiteral("interpolation") + ending), filter);
  if (path.isEmpty()) return;
  if (!path.endsWith(ending, Qt::CaseInsensitive)) path += ending;
  exportFrames(path.toStdString(), film);
}

void InterpolationPanel::exportStrip(const std::filesystem::path& path) {
  exportFrames(path, false);
}

void InterpolationPanel::exportGif(const std::filesystem::path& path) {
  exportFrames(path, true);
}

void InterpolationPanel::exportFrames(const std::filesystem::path& path, bool film) {
  if (!m_exploration->hasPath()) return;
  m_exportPath = path;
  m_exportFilm = film;
  m_explorer->decodeFrames(m_exploration->pathCodes(film ? kFilmFrames : kStripFrames),
                           m_exploration->label());
}

void InterpolationPanel::write(const std::vector<float>& pixels, ImageShape shape) {
  m_writing.start(
      [this, pixels, shape, path = m_exportPath, film = m_exportFilm](
          const std::stop_token&, const ProgressFunction&) -> std::function<void()> {
        const auto size = static_cast<std::size_t>(shape.pixels());
        const std::span<const float> all(pixels);
        if (film) {
          std::vector<Picture> frames;
          for (std::size_t at = 0; at + size <= pixels.size(); at += size) {
            frames.push_back(tile_pictures(all.subspan(at, size), shape, 1, 0, kScale));
          }
          // And back, without the ends twice, so that the endless film has no jump.
          for (std::size_t i = frames.size() - 2; i > 0; --i) frames.push_back(frames[i]);
          write_gif(path, frames, kFilmDelay);
        } else {
          const int count = static_cast<int>(pixels.size() / size);
          write_png(path, tile_pictures(all, shape, count, 2, kScale));
        }
        return [this, path] { emit exported(QString::fromStdString(path.string())); };
      },
      [this](const Error& error) {
        emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
      });
}

}  // namespace latent::ui
