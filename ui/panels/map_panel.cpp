#include "ui/panels/map_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>

#include "ui/panels/caption.h"
#include "ui/panels/umap_row.h"
#include "ui/run_controller.h"
#include "ui/theme.h"
#include "ui/widgets/named.h"
#include "ui/widgets/pictures.h"

namespace latent::ui {
namespace {

constexpr int kGlideTick = 50;            // 20 pictures a second
constexpr double kLongestGlide = 1500.0;  // milliseconds
constexpr double kPastGlide = 200.0;
constexpr int kManifoldDelay = 60;
constexpr int kWelcomeWidth = 420;
constexpr int kPathSteps = 32;
constexpr int kUmapPlane = 2;  // of the choices

QString axisName(int axis) {
  return QStringLiteral("z%1").arg(axis + 1);
}

}  // namespace

MapPanel::MapPanel(RunController* run, ExplorerService* explorer, Exploration* exploration,
                   QWidget* parent)
    : QWidget(parent), m_run(run), m_explorer(explorer), m_exploration(exploration) {
  setObjectName(QStringLiteral("mapPanel"));
  m_map = named(new LatentMap, "latentMap", tr("Latent map"));

  auto* mapPage = new QWidget;
  auto* mapLayout = new QVBoxLayout(mapPage);
  mapLayout->setContentsMargins(0, 0, 0, 0);
  mapLayout->setSpacing(0);
  mapLayout->addWidget(makePlaneRow());
  m_umapRow = new UmapRow(m_explorer);
  m_umapRow->setObjectName(QStringLiteral("umapRow"));
  m_umapRow->hide();
  mapLayout->addWidget(m_umapRow);
  mapLayout->addWidget(makePlaceRow());
  mapLayout->addWidget(m_map, 1);

  m_pages = new QStackedWidget;
  m_pages->addWidget(makeWelcome());
  m_pages->addWidget(mapPage);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(m_pages);

  m_glide = new QTimer(this);
  m_glide->setInterval(kGlideTick);
  connect(m_glide, &QTimer::timeout, this, &MapPanel::advance);
  m_manifoldTimer = new QTimer(this);
  m_manifoldTimer->setSingleShot(true);
  m_manifoldTimer->setInterval(kManifoldDelay);
  connect(m_manifoldTimer, &QTimer::timeout, this, &MapPanel::askManifold);

  connect(m_run, &RunController::runChanged, this, &MapPanel::followRun);
  connect(m_explorer, &ExplorerService::mapReady, this, &MapPanel::showFrame);
  connect(m_explorer, &ExplorerService::placementChanged, this, &MapPanel::followPlacement);
  connect(m_explorer, &ExplorerService::placed, this, &MapPanel::showPlaces);
  connect(m_explorer, &ExplorerService::manifoldReady, this,
          [this](const QImage& image, const QRectF& area) {
            if (m_map->isManifoldVisible()) m_map->setManifold(image, area);
          });
  connect(m_explorer, &ExplorerService::reconstructed, this,
          [this](qint64 index, const QImage& picture, double nats) {
            if (index == m_hovered) showHover(picture, nats);
          });
  connect(m_exploration, &Exploration::latentDimChanged, this, &MapPanel::followDimensions);
  connect(m_exploration, &Exploration::codeChanged, this, [this] { showPath(); });
  connect(m_exploration, &Exploration::labelChanged, this, &MapPanel::askManifold);
  connect(m_exploration, &Exploration::pathChanged, this, &MapPanel::showPath);

  connect(m_map, &LatentMap::codeRequested, this, &MapPanel::decodeAt);
  connect(m_map, &LatentMap::hoveredPoint, this, [this](qint64 index) { hover(index); });
  connect(m_map, &LatentMap::pointPicked, this, [this](qint64 index, LatentMap::Handle which) {
    m_exploration->setEndToDigit(which == LatentMap::Handle::B ? 1 : 0, index);
  });
  connect(m_map, &LatentMap::handleMoved, this, &MapPanel::moveHandle);
  connect(m_map, &LatentMap::pathPositionChanged, m_exploration, &Exploration::setPosition);
  connect(m_map, &LatentMap::manifoldRequested, this, [this](bool visible) {
    if (!visible) {
      m_explorer->setManifold(std::nullopt, {}, 0);
      m_map->setManifold({}, {});
    }
    askManifold();
  });
  connect(m_map, &LatentMap::viewChanged, this, [this] {
    // Not started anew: a view that glides on and on would never have its grid.
    if (m_map->isManifoldVisible() && !m_manifoldTimer->isActive()) m_manifoldTimer->start();
  });
  connect(m_map, &LatentMap::errorOccurred, this,
          [this](const QString& sentence) { emit errorOccurred(sentence, {}); });
}

QWidget* MapPanel::makeWelcome() {
  auto* page = new QWidget;
  page->setObjectName(QStringLiteral("welcome"));
  auto* title = new QLabel(tr("See what an autoencoder learns"));
  QFont font = Theme::titleFont();
  font.setPointSizeF(font.pointSizeF() * 1.5);
  title->setFont(font);
  title->setAlignment(Qt::AlignHCenter);
  title->setWordWrap(true);
  auto* what = new QLabel(
      tr("Each picture is squeezed into a few numbers: a place on a map. Train, watch the places "
         "sort themselves, and click anywhere on the map to see the picture that belongs there."));
  what->setWordWrap(true);
  what->setAlignment(Qt::AlignHCenter);
  what->setFixedWidth(kWelcomeWidth);
  what->setMinimumHeight(what->heightForWidth(kWelcomeWidth));
  m_start = named(new QPushButton, "start", tr("Start training"));
  m_start->setDefault(true);
  m_start->setProperty("primary", true);
  m_start->setMinimumHeight(2 * Theme::kControlHeight - Theme::kSmall);
  m_compare = named(new QPushButton(tr("Compare an autoencoder with a VAE")), "welcomeCompare",
                    tr("Compare an autoencoder with a VAE"),
                    tr("Trains both side by side on the same data: see why the path between two "
                       "pictures is empty in the one and full of pictures in the other."));
  m_welcomeLine = makeCaption({});
  m_welcomeLine->setObjectName(QStringLiteral("welcomeLine"));
  m_welcomeLine->setAlignment(Qt::AlignHCenter);
  m_welcomeLine->setFixedWidth(kWelcomeWidth);
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(Theme::kLarge, Theme::kLarge, Theme::kLarge, Theme::kLarge);
  layout->setSpacing(Theme::kLarge);
  layout->addStretch(2);
  layout->addWidget(title);
  layout->addWidget(what, 0, Qt::AlignHCenter);
  layout->addWidget(m_start, 0, Qt::AlignHCenter);
  layout->addWidget(m_compare, 0, Qt::AlignHCenter);
  layout->addWidget(m_welcomeLine, 0, Qt::AlignHCenter);
  layout->addStretch(3);
  connect(m_start, &QPushButton::clicked, this, &MapPanel::startRequested);
  connect(m_compare, &QPushButton::clicked, this, &MapPanel::compareRequested);
  return page;
}

QWidget* MapPanel::makePlaneRow() {
  m_planeRow = new QWidget;
  auto* row = new QHBoxLayout(m_planeRow);
  row->setContentsMargins(Theme::kMedium, Theme::kTight, Theme::kMedium, Theme::kTight);
  row->setSpacing(Theme::kSmall);
  m_plane = named(new QComboBox, "plane", tr("Plane of the map"),
                  tr("A latent space of more than two numbers is seen through a plane: two of its "
                     "numbers as they are, or the two directions in which the codes differ most "
                     "(PCA). UMAP is no plane: it moves the points until neighbours among the "
                     "codes are neighbours on the map."));
  m_horizontal = named(new QComboBox, "horizontalAxis", tr("Horizontal axis"),
                       tr("The latent number drawn from left to right."));
  m_vertical = named(new QComboBox, "verticalAxis", tr("Vertical axis"),
                     tr("The latent number drawn from bottom to top."));
  m_variance = makeCaption({});
  m_variance->setWordWrap(false);
  row->addWidget(new QLabel(tr("Plane")));
  row->addWidget(m_plane);
  row->addWidget(m_horizontal);
  row->addWidget(m_vertical);
  row->addWidget(m_variance, 1);
  connect(m_plane, &QComboBox::currentIndexChanged, this, &MapPanel::planeChosen);
  connect(m_horizontal, &QComboBox::currentIndexChanged, this, &MapPanel::planeChosen);
  connect(m_vertical, &QComboBox::currentIndexChanged, this, &MapPanel::planeChosen);
  return m_planeRow;
}

QWidget* MapPanel::makePlaceRow() {
  m_placeRow = new QWidget;
  auto* row = new QHBoxLayout(m_placeRow);
  row->setContentsMargins(Theme::kMedium, Theme::kTight, Theme::kMedium, Theme::kTight);
  row->setSpacing(Theme::kSmall);
  m_place = named(new QPushButton, "placePictures", tr("Place test pictures"),
                  tr("This system has no encoder. The code of each picture is searched for: the "
                     "place whose decoded picture is most like it."));
  m_placed = makeCaption({});
  m_placed->setObjectName(QStringLiteral("placement"));
  row->addWidget(m_place);
  row->addWidget(m_placed, 1);
  m_placeRow->hide();
  connect(m_place, &QPushButton::clicked, m_explorer, &ExplorerService::placeAll);
  return m_placeRow;
}

void MapPanel::followPlacement() {
  m_placeRow->setVisible(m_explorer->placesOnDemand());
  if (!m_explorer->placesOnDemand()) return;
  if (!m_exploration->hasCode() && m_exploration->latentDim() > 0) {
    // Something is decoded from the start: the middle of the prior.
    m_exploration->setCode(
        std::vector<float>(static_cast<std::size_t>(m_exploration->latentDim())));
  }
  const Placement placement = m_explorer->placement();
  const auto& test = m_run->data().test;
  const qint64 all = test ? test->size() : 0;
  const qint64 offered = std::min<qint64>(ExplorerService::kPlaced, all);
  m_place->setText(placement.placed > 0 && placement.outdated
                       ? tr("Place %1 again").arg(offered)
                       : tr("Place %1 pictures").arg(offered));
  m_place->setEnabled(placement.waiting == 0 && (placement.outdated || placement.placed < offered));
  const QString weights = tr("weights of epoch %1").arg(placement.epoch, 0, 'f', 2);
  if (placement.waiting > 0) {
    m_placed->setText(tr("%1 of %2 placed by search, %3")
                          .arg(placement.placed)
                          .arg(placement.placed + placement.waiting)
                          .arg(weights));
  } else if (placement.placed > 0) {
    m_placed->setText(tr("%1 of %2 test pictures placed by search, %3")
                          .arg(placement.placed)
                          .arg(all)
                          .arg(weights));
  } else {
    m_placed->setText(tr("No encoder: codes are found by search, when you ask."));
  }
}

void MapPanel::setWelcome(const QString& line, const QString& action, bool enabled) {
  m_welcomeLine->setText(line);
  m_welcomeLine->setMinimumHeight(m_welcomeLine->heightForWidth(kWelcomeWidth));
  m_start->setText(action);
  m_start->setEnabled(enabled);
  m_compare->setEnabled(enabled);
  for (QPushButton* button : {m_start, m_compare}) button->setVisible(!action.isEmpty());
}

void MapPanel::setBusy(const QString& line) {
  m_welcomeLine->setText(line);
  if (m_map->points() == nullptr) m_map->setEmptyText(line);
}

void MapPanel::followDimensions() {
  // A sequence is seen by the mean over its steps.
  const int dims = m_exploration->latentDim() / m_exploration->steps();
  if (m_horizontal->count() != dims) {
    const QSignalBlocker blockers[] = {QSignalBlocker(m_plane), QSignalBlocker(m_horizontal),
                                       QSignalBlocker(m_vertical)};
    m_plane->clear();
    m_plane->addItem(tr("Two axes"));
    if (dims > 1) m_plane->addItem(tr("PCA"));
    if (dims > 2) m_plane->addItem(tr("UMAP"));
    m_plane->setCurrentIndex(dims > 2 ? 1 : 0);
    m_horizontal->clear();
    m_vertical->clear();
    for (int axis = 0; axis < dims; ++axis) {
      m_horizontal->addItem(axisName(axis));
      m_vertical->addItem(axisName(axis));
    }
    m_vertical->setCurrentIndex(std::min(1, dims - 1));
  }
  // Two numbers are a plane already: there is nothing to choose.
  m_planeRow->setVisible(dims > 2);
  planeChosen();
}

void MapPanel::followRun() {
  followDimensions();
  followPlacement();
  auto classes = std::make_shared<PointClasses>();
  if (const auto& test = m_run->data().test) {
    classes->labels = test->labels;
    for (const std::string& name : test->class_names) {
      classes->names.push_back(QString::fromStdString(name));
    }
  }
  m_classes = classes;
  m_target = nullptr;
  m_shown.clear();
  m_glide->stop();
  m_sinceFrame.invalidate();
  m_hovered = -1;
  m_map->setPoints(nullptr);
  m_map->setManifold({}, {});
  m_map->setCurrentCode(std::nullopt);
  m_map->setInterpolation(std::nullopt);
  m_map->setFollowing(true);
  m_map->setEmptyText(m_run->model()->has_encoder
                          ? tr("The first codes are on their way.")
                          : tr("%1 has no encoder: “Place pictures” searches for their codes. "
                               "Click anywhere to decode a place.")
                                .arg(QString::fromStdString(m_run->model()->title)));
  if (const auto test = m_run->data().test) {
    m_map->setThumbnailProvider([test](qint64 index) {
      if (index < 0 || index >= test->size()) return QImage();
      return imageFromBytes(test->image(index), test->shape.channels, test->shape.height,
                            test->shape.width);
    });
  }
  m_pages->setCurrentIndex(1);
}

void MapPanel::choosePlane(const ProjectionChoice& choice) {
  {
    const QSignalBlocker blockers[] = {QSignalBlocker(m_plane), QSignalBlocker(m_horizontal),
                                       QSignalBlocker(m_vertical)};
    const int plane = choice.kind == ProjectionChoice::Kind::Umap  ? kUmapPlane
                      : choice.kind == ProjectionChoice::Kind::Pca ? 1
                                                                   : 0;
    if (plane < m_plane->count()) m_plane->setCurrentIndex(plane);
    const auto turn = [](QComboBox* axis, int to) {
      if (to >= 0 && to < axis->count()) axis->setCurrentIndex(to);
    };
    turn(m_horizontal, choice.horizontal);
    turn(m_vertical, choice.vertical);
  }
  planeChosen();
}

void MapPanel::planeChosen() {
  ProjectionChoice choice;
  const bool pca = m_plane->currentIndex() == 1;
  const bool umap = m_plane->currentIndex() == kUmapPlane;
  choice.kind = pca    ? ProjectionChoice::Kind::Pca
                : umap ? ProjectionChoice::Kind::Umap
                       : ProjectionChoice::Kind::Axes;
  choice.horizontal = std::max(0, m_horizontal->currentIndex());
  choice.vertical = std::max(0, m_vertical->currentIndex());
  const bool raw = m_horizontal->count() > 2 && !pca && !umap;
  m_horizontal->setVisible(raw);
  m_vertical->setVisible(raw);
  m_umapRow->setVisible(umap);
  if (umap && m_map->isManifoldVisible()) {
    m_map->setManifoldVisible(false);
    m_explorer->setManifold(std::nullopt, {}, 0);
  }
  m_map->setManifoldAvailable(m_horizontal->count() >= 2 && !umap);
  if (!pca) m_variance->clear();
  showAxisTitles();
  if (!(choice == m_explorer->projection())) {
    // Another plane is another picture: gliding between them would show places that mean nothing.
    m_sinceFrame.invalidate();
    m_map->setManifold({}, {});
    m_explorer->setProjection(choice);
    m_explorer->setUmapRunning(umap);
    m_map->setFollowing(true);
  }
}

void MapPanel::showAxisTitles() {
  const bool pca = m_plane->currentIndex() == 1;
  const bool umap = m_plane->currentIndex() == kUmapPlane;
  QString horizontal = pca    ? tr("PC 1")
                       : umap ? tr("UMAP 1")
                              : axisName(std::max(0, m_horizontal->currentIndex()));
  QString vertical = pca                         ? tr("PC 2")
                     : umap                      ? tr("UMAP 2")
                     : m_horizontal->count() > 1 ? axisName(std::max(0, m_vertical->currentIndex()))
                                                 : QString();
  if (m_target && m_target->turned) {
    horizontal = tr("%1, turned").arg(horizontal);
    vertical = tr("%1, turned").arg(vertical);
  }
  m_map->setAxisTitles(horizontal, vertical);
}

void MapPanel::showFrame(const std::shared_ptr<const MapFrame>& frame) {
  const bool first = m_target == nullptr;
  const bool jump = first || !m_sinceFrame.isValid() || m_target->choice != frame->choice ||
                    m_target->latentDim != frame->latentDim ||
                    m_target->laidOut != frame->laidOut || m_shown.size() != frame->points.size();
  const double since = m_sinceFrame.isValid() ? static_cast<double>(m_sinceFrame.elapsed()) : 0.0;
  m_sinceFrame.start();
  const bool turned = m_target && m_target->turned;
  m_target = frame;
  if (turned != frame->turned) showAxisTitles();
  if (frame->choice.kind == ProjectionChoice::Kind::Pca) {
    const double share =
        100.0 * (frame->projection.explained_variance[0] + frame->projection.explained_variance[1]);
    m_variance->setText(tr("shows %1 % of the spread").arg(share, 0, 'f', 0));
  } else {
    m_variance->clear();
  }
  if (jump) {
    m_from = frame->points;
    m_glideMilliseconds = 0.0;
  } else {
    m_from = m_shown;
    // Who moves through the past waits for nothing but the eye.
    m_glideMilliseconds =
        std::min(since, m_run->timeMachine()->isLive() ? kLongestGlide : kPastGlide);
  }
  m_glideClock.start();
  advance();
  if (jump && frame->laidOut) {
    // Where they were means nothing here; they come back once they are placed.
    m_map->setCurrentCode(std::nullopt);
    m_map->setInterpolation(std::nullopt);
  }
  if (first) {
    m_map->fit();
  }
  if (!m_exploration->hasCode() && frame->size() > 0) {
    // Something is decoded from the start, at the middle of the codes.
    m_exploration->setCode(frame->mean);
  }
  if (m_map->isManifoldVisible() && first) askManifold();
  showPath();
}

void MapPanel::advance() {
  if (!m_target) return;
  const double t =
      m_glideMilliseconds > 0.0
          ? std::min(1.0, static_cast<double>(m_glideClock.elapsed()) / m_glideMilliseconds)
          : 1.0;
  auto points = std::make_shared<MapPoints>();
  points->classes = m_classes;
  if (t >= 1.0) {
    m_glide->stop();
    m_shown = m_target->points;
  } else {
    if (!m_glide->isActive()) m_glide->start();
    m_shown.resize(m_target->points.size());
    const auto weight = static_cast<float>(t);
    for (std::size_t i = 0; i < m_shown.size(); ++i) {
      const float from = m_from[i];
      const float to = m_target->points[i];
      m_shown[i] = std::isfinite(from) ? from + weight * (to - from) : to;
    }
  }
  points->positions = m_shown;
  m_map->setPoints(points);
}

bool MapPanel::isStill() const {
  return !m_glide->isActive() && m_target && m_target == m_explorer->frame() &&
         !m_map->areOverlaysAwaited();
}

void MapPanel::showPath() {
  const auto frame = m_explorer->frame();
  const bool fits = frame && frame->latentDim == m_exploration->latentDim();
  if (!fits && (!m_explorer->placesOnDemand() || m_exploration->latentDim() <= 0)) return;
  if (isUmap()) {
    askPlaces();
    return;
  }
  const Projection projection = plane();
  const auto place = [&](const std::vector<float>& code) {
    float point[2] = {0.0F, 0.0F};
    projection.project(code, point);
    return QPointF(point[0], point[1]);
  };
  if (m_exploration->hasCode()) {
    m_map->setCurrentCode(place(m_exploration->code()));
  } else {
    m_map->setCurrentCode(std::nullopt);
  }
  if (!m_exploration->hasPath()) {
    m_map->setInterpolation(std::nullopt);
    return;
  }
  LatentMap::Interpolation path;
  path.a = place(m_exploration->end(0).code);
  path.b = place(m_exploration->end(1).code);
  path.t = m_exploration->position();
  if (m_exploration->way() != Exploration::Way::Linear) {
    const int pieces =
        m_exploration->way() == Exploration::Way::Shortest ? 2 * kPathSteps : kPathSteps;
    for (int i = 0; i <= pieces; ++i) {
      path.path.append(place(m_exploration->codeAt(i / static_cast<double>(pieces))));
    }
  }
  m_map->setInterpolation(path);
}

bool MapPanel::isUmap() const {
  const auto frame = m_explorer->frame();
  return frame && frame->laidOut && frame->latentDim == m_exploration->latentDim();
}

void MapPanel::askPlaces() {
  std::vector<float> codes;
  const auto add = [&codes](const std::vector<float>& code) {
    codes.insert(codes.end(), code.begin(), code.end());
  };
  if (m_exploration->hasCode()) add(m_exploration->code());
  if (m_exploration->hasPath()) {
    for (int i = 0; i <= kPathSteps; ++i) {
      add(m_exploration->codeAt(i / static_cast<double>(kPathSteps)));
    }
  }
  if (codes.empty()) {
    showPlaces({}, {});
  } else {
    m_explorer->place(codes);
  }
}

void MapPanel::showPlaces(const std::vector<float>& codes, const std::vector<float>& points) {
  if (!isUmap()) return;
  QVector<QPointF> places;
  for (std::size_t i = 0; i + 1 < points.size(); i += 2) places.append({points[i], points[i + 1]});
  const int marks = m_exploration->hasCode() ? 1 : 0;
  const int steps = m_exploration->hasPath() ? kPathSteps + 1 : 0;
  // An answer to what was there before: the next is on its way.
  if (static_cast<qsizetype>(marks) + steps != places.size() ||
      codes.size() != static_cast<std::size_t>(places.size() * m_exploration->latentDim())) {
    return;
  }
  m_map->setCurrentCode(marks > 0 ? std::optional<QPointF>(places.front()) : std::nullopt);
  if (steps == 0) {
    m_map->setInterpolation(std::nullopt);
    return;
  }
  LatentMap::Interpolation path;
  path.path = places.mid(marks);
  path.a = path.path.front();
  path.b = path.path.back();
  path.t = m_exploration->position();
  m_map->setInterpolation(path);
}

Projection MapPanel::plane() const {
  const auto frame = m_explorer->frame();
  const int dims = m_exploration->latentDim();
  if (frame && frame->latentDim == dims) return frame->projection;
  const ProjectionChoice& choice = m_explorer->projection();
  const int steps = m_exploration->steps();
  const int last = dims / steps - 1;
  return over_steps(
      axis_projection(last + 1, std::min(choice.horizontal, last), std::min(choice.vertical, last)),
      steps);
}

std::vector<float> MapPanel::codeAt(const QPointF& position, const std::vector<float>& base) const {
  const int dims = m_exploration->latentDim();
  if (dims <= 0) return {};
  if (isUmap()) {
    // There is no way back from the map to codes: the nearest point's is taken.
    std::int64_t nearest = -1;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; 2 * i < m_shown.size(); ++i) {
      const double dx = double{m_shown[2 * i]} - position.x();
      const double dy = double{m_shown[2 * i + 1]} - position.y();
      if (dx * dx + dy * dy < least) {
        least = dx * dx + dy * dy;
        nearest = static_cast<std::int64_t>(i);
      }
    }
    return m_explorer->frame()->code(nearest);
  }
  std::vector<float> code(static_cast<std::size_t>(dims));
  plane().lift(static_cast<float>(position.x()), static_cast<float>(position.y()), base, code);
  return code;
}

void MapPanel::decodeAt(const QPointF& position) {
  const std::vector<float> code = codeAt(position, m_exploration->code());
  if (!code.empty()) m_exploration->setCode(code);
}

void MapPanel::moveHandle(LatentMap::Handle which, const QPointF& position) {
  if (!m_exploration->hasPath()) return;
  if (which == LatentMap::Handle::Path) return;  // pathPositionChanged says it
  const int end = which == LatentMap::Handle::B ? 1 : 0;
  const std::vector<float> code = codeAt(position, m_exploration->end(end).code);
  if (!code.empty()) m_exploration->setEndCode(end, code);
}

void MapPanel::hover(qint64 index) {
  m_hovered = index;
  if (index < 0) return;
  showHover({}, -1.0);
  m_explorer->reconstruct(index);
}

void MapPanel::echo(qint64 index) {
  m_map->setEchoed(index);
  hover(index);
}

void MapPanel::showHover(const QImage& reconstruction, double nats) {
  const auto& test = m_run->data().test;
  if (!test || m_hovered < 0 || m_hovered >= test->size()) return;
  const ImageShape shape = test->shape;
  const int label = test->labels[static_cast<std::size_t>(m_hovered)];
  QString caption = tr("test #%1").arg(m_hovered);
  if (label >= 0 && static_cast<std::size_t>(label) < test->class_names.size()) {
    caption = tr("“%1” · %2")
                  .arg(QString::fromStdString(test->class_names[static_cast<std::size_t>(label)]),
                       caption);
  }
  if (nats >= 0.0) caption += tr(" · %1 nats").arg(nats, 0, 'f', 1);
  m_map->setHoverCard(
      imageFromBytes(test->image(m_hovered), shape.channels, shape.height, shape.width),
      reconstruction, caption);
}

void MapPanel::askManifold() {
  if (!m_map->isManifoldVisible() || !m_run->hasRun()) return;
  m_explorer->setManifold(
      m_map->view().normalized(),
      m_exploration->latentDim() > 2 ? m_exploration->code() : std::vector<float>{},
      m_exploration->label());
}

}  // namespace latent::ui
