#include "ui/plots/latent_map.h"

#include <qcustomplot.h>

#include <QHBoxLayout>
#include <QSvgGenerator>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/plots/latent_map_private.h"
#include "ui/plots/plot_style.h"
#include "ui/theme.h"

namespace latent::ui {
namespace {

constexpr int kGlideMilliseconds = 33;

}  // namespace

LatentMap::LatentMap(QWidget* parent) : QWidget(parent), d(std::make_unique<Private>(this)) {
  setObjectName(QStringLiteral("latentMap"));
  setAccessibleName(tr("Latent map"));
  setFocusPolicy(Qt::StrongFocus);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  d->toolBar = new MapToolBar(this);
  column->addWidget(d->toolBar);
  auto* row = new QHBoxLayout;
  row->setSpacing(0);
  column->addLayout(row, 1);

  d->plot = new MapPlot(this);
  d->plot->setObjectName(QStringLiteral("latentMapPlot"));
  d->plot->setAccessibleName(tr("Latent map: points by class"));
  d->plot->setFocusPolicy(Qt::NoFocus);
  d->plot->setMouseTracking(true);
  // A plot of no size cannot be painted, and says so on the error stream.
  d->plot->setMinimumSize(40, 40);
  d->plot->setContextMenuPolicy(Qt::PreventContextMenu);
  d->plot->setInteractions(QCP::Interactions());
  d->plot->installEventFilter(this);
  d->plot->axisRect()->setAutoMargins(QCP::msNone);
  row->addWidget(d->plot, 1);
  d->regions = new MapRegions(d->plot, QStringLiteral("main"));
  d->manifold = new MapManifold(d->plot, QStringLiteral("main"));
  d->below = new MapDrawings(d->plot, QStringLiteral("main"));
  d->cloud = new PointCloud(d->plot->xAxis, d->plot->yAxis);
  d->plot->setCloud(d->cloud);
  d->above = new MapDrawings(d->plot, QStringLiteral("overlay"));
  d->overlay = new MapOverlay(d->plot, QStringLiteral("overlay"));

  d->legendArea = new QScrollArea(this);
  d->legendArea->setObjectName(QStringLiteral("mapLegendArea"));
  d->legendArea->setFrameShape(QFrame::NoFrame);
  d->legendArea->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  d->legendArea->setFocusPolicy(Qt::NoFocus);
  d->legend = new MapLegend;
  d->legendArea->setWidget(d->legend);
  d->legendArea->hide();
  d->coloring = new QComboBox;
  d->coloring->setObjectName(QStringLiteral("mapColoring"));
  d->coloring->setAccessibleName(tr("Colour by"));
  d->coloring->setToolTip(
      tr("<b>Colour by</b><br>What the colour of a point says: its class; its reconstruction "
         "error; the KL of its posterior; its purity, the share of its 15 nearest codes that have "
         "its class; or one number of its code."));
  d->coloring->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  d->coloring->setMinimumContentsLength(6);
  d->coloring->setPlaceholderText(tr("not here"));
  d->coloring->hide();
  d->scale = new MapScale;
  d->scale->hide();
  d->side = new QWidget(this);
  d->side->setObjectName(QStringLiteral("mapSide"));  // the style sheet gives it the plot's colour
  auto* side = new QVBoxLayout(d->side);
  side->setContentsMargins(0, Theme::kTight, Theme::kTight, 0);
  side->setSpacing(Theme::kSmall);
  side->addWidget(d->coloring);
  side->addWidget(d->scale);
  side->addWidget(d->legendArea, 1);
  side->addStretch(0);
  row->addWidget(d->side);

  d->empty = new QLabel(d->plot);
  d->empty->setObjectName(QStringLiteral("mapEmptyText"));
  // At the top: the middle is where the axes cross and the code's mark lies.
  d->empty->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
  d->empty->setWordWrap(true);
  d->empty->setAttribute(Qt::WA_TransparentForMouseEvents);
  d->empty->setProperty("role", "caption");
  d->card = new HoverCard(d->plot);

  d->glide.setInterval(kGlideMilliseconds);
  connect(&d->glide, &QTimer::timeout, this, [this] { d->retarget(false); });
  connect(d->toolBar, &MapToolBar::toolChosen, this, &LatentMap::setTool);
  connect(d->toolBar, &MapToolBar::fitChosen, this, &LatentMap::fit);
  connect(d->toolBar, &MapToolBar::followChosen, this, &LatentMap::setFollowing);
  connect(d->toolBar, &MapToolBar::manifoldChosen, this, &LatentMap::setManifoldVisible);
  connect(d->toolBar, &MapToolBar::thumbnailsChosen, this, &LatentMap::setThumbnailsVisible);
  connect(d->toolBar, &MapToolBar::overlayChosen, this, &LatentMap::overlayChosen);
  connect(d->legend, &MapLegend::brightChanged, this, [this](const QVector<int>& classes) {
    d->applyBright();
    emit brightClassesChanged(classes);
  });
  connect(d->coloring, &QComboBox::activated, this, &LatentMap::coloringChosen);
  // The frame gets its size inside the plot's own layout: the view then fills it anew.
  connect(d->plot, &QCustomPlot::afterLayout, this, [this] { d->applyView(d->wanted); });

  setEmptyText(tr("Start training: each test picture becomes a point here."));
  setAxisTitles(QStringLiteral("z1"), QStringLiteral("z2"));
  setTool(Tool::Decode);
  d->toolBar->setFollowing(true);
  d->toolBar->setThumbnails(true, false);
  d->applyTheme();
  d->applyView(d->wanted, false);
}

LatentMap::~LatentMap() = default;

QSize LatentMap::sizeHint() const {
  return {640, 560};
}
QSize LatentMap::minimumSizeHint() const {
  return {260, 220};
}
QCustomPlot* LatentMap::plot() const {
  return d->plot;
}

// ---- what is shown

void LatentMap::setPoints(std::shared_ptr<const MapPoints> points) {
  d->points = std::move(points);
  d->index.reset();
  d->cloud->setPoints(d->points);
  const bool any = d->points && d->points->size() > 0;
  d->empty->setVisible(!any);
  d->updateLegend();
  d->updateLetters();
  if (d->hovered >= 0) {
    const auto at = static_cast<std::size_t>(d->hovered);
    if (!any || at >= d->points->size()) {
      d->setHovered(-1, {}, {});
    } else {
      d->overlay->hovered = QPointF(d->points->positions[2 * at], d->points->positions[2 * at + 1]);
    }
  }
  d->overlay->echoed = d->placeOf(d->echoed);
  if (any && d->following) d->retarget(!d->shown);
  if (any && d->shown) d->cloud->drawLater();
  if (any) d->shown = true;
  d->replot();
}

std::shared_ptr<const MapPoints> LatentMap::points() const {
  return d->points;
}

bool LatentMap::isUpToDate() const {
  return d->cloud->isUpToDate();
}

void LatentMap::setAxisTitles(const QString& horizontal, const QString& vertical) {
  if (d->plot->xAxis->label() == horizontal && d->plot->yAxis->label() == vertical) return;
  d->plot->xAxis->setLabel(horizontal);
  d->plot->yAxis->setLabel(vertical);
  d->replot();
}

void LatentMap::setEmptyText(const QString& text) {
  d->empty->setText(text);
}

void LatentMap::setCurrentCode(std::optional<QPointF> position) {
  d->overlay->currentCode = position;
  d->replotOverlay();
}

void LatentMap::setDrawn(const std::optional<Drawn>& drawn) {
  if (!drawn && !d->overlay->drawn) return;
  d->overlay->drawn = drawn;
  d->replotOverlay();
}

std::optional<LatentMap::Drawn> LatentMap::drawn() const {
  return d->overlay->drawn;
}

void LatentMap::setInterpolation(const std::optional<Interpolation>& interpolation) {
  d->overlay->interpolation = interpolation;
  d->replotOverlay();
}

void LatentMap::setManifold(const QImage& image, const QRectF& area) {
  d->manifold->setImage(image, area);
  if (d->manifold->shown) d->replot();
}

void LatentMap::setManifoldOpacity(double opacity) {
  d->manifold->opacity = std::clamp(opacity, 0.0, 1.0);
  d->replot();
}

void LatentMap::setManifoldVisible(bool visible) {
  d->toolBar->setManifoldVisible(visible);
  if (visible == d->manifold->shown) return;
  d->manifold->shown = visible;
  d->replot();
  emit manifoldRequested(visible);
}

bool LatentMap::isManifoldVisible() const {
  return d->manifold->shown;
}

void LatentMap::setManifoldAvailable(bool available) {
  d->manifoldAvailable = available;
  d->toolBar->setManifoldAvailable(available);
  if (!available) setManifoldVisible(false);
}

void LatentMap::setRegions(std::vector<Region> regions) {
  if (regions.empty() && d->regions->regions.empty()) return;
  d->regions->regions = std::move(regions);
  d->replot();
}

const std::vector<LatentMap::Region>& LatentMap::regions() const {
  return d->regions->regions;
}

void LatentMap::setOverlayChoices(const QVector<OverlayChoice>& choices) {
  if (choices == d->overlayChoices) return;
  d->overlayChoices = choices;
  d->toolBar->setOverlays(choices);
  std::erase_if(d->drawings, [&](const auto& each) {
    return std::none_of(choices.begin(), choices.end(), [&](const OverlayChoice& choice) {
      return choice.id == each.first && choice.shown && choice.whyNot.isEmpty();
    });
  });
  d->orderDrawings();
}

void LatentMap::setOverlay(const QString& id, std::shared_ptr<const MapDrawing> drawing) {
  if (drawing) {
    d->drawings[id] = std::move(drawing);
  } else if (d->drawings.erase(id) == 0) {
    return;
  }
  d->orderDrawings();
}

std::shared_ptr<const MapDrawing> LatentMap::overlay(const QString& id) const {
  const auto found = d->drawings.find(id);
  return found == d->drawings.end() ? nullptr : found->second;
}

void LatentMap::setOverlaysAwaited(bool awaited) {
  d->overlaysAwaited = awaited;
}

bool LatentMap::areOverlaysAwaited() const {
  return d->overlaysAwaited;
}

/// As the choices are ordered, the first at the bottom.
void LatentMap::Private::orderDrawings() {
  below->drawings.clear();
  above->drawings.clear();
  above->noted.clear();
  for (const OverlayChoice& choice : overlayChoices) {
    const auto found = drawings.find(choice.id);
    if (found == drawings.end()) continue;
    (found->second->abovePoints ? above : below)->drawings.push_back(found->second);
    above->noted.push_back(found->second);
  }
  replot();
}

void LatentMap::setThumbnailProvider(std::function<QImage(qint64)> provider) {
  d->thumbnailsAvailable = static_cast<bool>(provider);
  d->cloud->setThumbnailProvider(std::move(provider));
  d->toolBar->setThumbnails(d->cloud->thumbnailsVisible(), d->thumbnailsAvailable);
  d->replot();
}

void LatentMap::setThumbnailsVisible(bool visible) {
  d->cloud->setThumbnailsVisible(visible);
  d->toolBar->setThumbnails(visible, d->thumbnailsAvailable);
  d->replot();
}

bool LatentMap::areThumbnailsVisible() const {
  return d->cloud->thumbnailsVisible();
}

void LatentMap::setHoverCard(const QImage& original, const QImage& reconstruction,
                             const QString& caption) {
  const auto& place = d->overlay->hovered ? d->overlay->hovered : d->overlay->echoed;
  if (!place) return;
  d->card->setContent(original, reconstruction, caption);
  d->card->showAt(pixelAt(*place).toPoint() - d->plot->pos());
}

void LatentMap::setEchoed(qint64 index) {
  if (index == d->echoed) return;
  d->echoed = index;
  if (d->hovered < 0) d->card->hide();
  d->overlay->echoed = d->placeOf(index);
  d->overlay->hoverRadius = d->cloud->pointSize() / 2.0 + 3.0;
  d->replotOverlay();
}

qint64 LatentMap::echoed() const {
  return d->echoed;
}

/// Where a point is now; nothing where there is none.
std::optional<QPointF> LatentMap::Private::placeOf(qint64 point) const {
  if (point < 0 || !points || static_cast<std::size_t>(point) >= points->size()) {
    return std::nullopt;
  }
  const auto at = static_cast<std::size_t>(point);
  const QPointF place(points->positions[2 * at], points->positions[2 * at + 1]);
  return std::isfinite(place.x()) ? std::optional(place) : std::nullopt;
}

void LatentMap::setBrightClasses(const QVector<int>& classes) {
  d->legend->setBright(classes);
  d->applyBright();
}

QVector<int> LatentMap::brightClasses() const {
  return d->legend->bright();
}

void LatentMap::Private::applyBright() {
  const QVector<int> classes = legend->bright();
  std::vector<std::uint8_t> bright;
  if (!classes.isEmpty()) {
    for (int i = 0; i < legend->classCount(); ++i) bright.push_back(classes.contains(i) ? 1 : 0);
  }
  cloud->setBright(std::move(bright), classes.isEmpty());
  updateLetters();
  replot();
  emit q->appearanceChanged();
}

void LatentMap::Private::updateLegend() {
  const auto classes = points ? points->classes : nullptr;
  const std::size_t count = points ? points->size() : 0;
  if (classes == countedClasses && count == countedPoints) return;
  countedClasses = classes;
  countedPoints = count;
  std::vector<qint64> counts(classes ? classes->names.size() : 0, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const int label = points->label(i);
    if (label >= 0 && static_cast<std::size_t>(label) < counts.size()) {
      ++counts[static_cast<std::size_t>(label)];
    }
  }
  legend->setClasses(classes ? classes->names : std::vector<QString>(), counts);
  updateSide();
  applyBright();
}

/// The column at the right is as wide as what it holds, and gone when that is nothing.
void LatentMap::Private::updateSide() {
  const bool scaled = scale->scale() != nullptr;
  const bool choice = coloring->count() > 0;
  legendArea->setVisible(legend->classCount() > 0);
  scale->setVisible(scaled && scaleBar);
  coloring->setVisible(choice);
  legend->setColored(!scaled);
  int width = legend->sizeHint().width() + Theme::kSmall;
  if (choice || (scaled && scaleBar)) width = std::max(width, scale->sizeHint().width());
  side->setFixedWidth(width + Theme::kTight);
  side->setVisible(choice || scaled || legend->classCount() > 0);
}

void LatentMap::setSelection(std::shared_ptr<const PointSelection> selection) {
  if (selection == d->cloud->selection()) return;
  d->cloud->setSelection(std::move(selection));
  d->replot();
  emit appearanceChanged();
}

std::shared_ptr<const PointSelection> LatentMap::selection() const {
  return d->cloud->selection();
}

void LatentMap::setColorings(const QStringList& names) {
  d->coloring->clear();
  d->coloring->addItems(names);
  d->updateSide();
}

void LatentMap::setColoring(int index) {
  d->coloring->setCurrentIndex(index);
}

void LatentMap::setScale(std::shared_ptr<const PointScale> scale) {
  const bool other = (scale == nullptr) != (d->cloud->scale() == nullptr);
  d->scale->setScale(scale);
  d->cloud->setScale(std::move(scale));
  if (other) d->updateSide();
  d->replot();
  emit appearanceChanged();
}

std::shared_ptr<const PointScale> LatentMap::scale() const {
  return d->cloud->scale();
}

void LatentMap::setScaleBarShown(bool shown) {
  if (shown == d->scaleBar) return;
  d->scaleBar = shown;
  d->updateSide();
}

bool LatentMap::isScaleBarShown() const {
  return d->scaleBar && d->scale->scale() != nullptr;
}

void LatentMap::Private::updateLetters() {
  overlay->letters.clear();
  if (!points || !points->classes) return;
  for (const auto& [label, position] : classMedians(*points)) {
    const auto at = static_cast<std::size_t>(label);
    if (at >= points->classes->names.size()) continue;
    overlay->letters.push_back(
        {points->classes->names[at], position, label, cloud->isBright(label)});
  }
}

void LatentMap::Private::applyTheme() {
  const Theme& theme = Theme::of(q);
  cloud->setTheme(theme);
  overlay->theme = &theme;
  regions->theme = &theme;
  below->theme = &theme;
  above->theme = &theme;
  stylePlot(plot, theme);
  plot->setGround(theme.canvas);
  const QFontMetrics caption(Theme::captionFont());
  plot->axisRect()->setMargins(
      QMargins(caption.horizontalAdvance(QStringLiteral("−888.8")) + caption.height() + 12, 6,
               Theme::kMedium, 2 * caption.height() + 16));
  updateLetters();
  replot();
  emit q->appearanceChanged();
}
void LatentMap::changeEvent(QEvent* event) {
  if (d && (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)) {
    d->applyTheme();
  }
  QWidget::changeEvent(event);
}

QSize LatentMap::pictureSize() const {
  return {d->plot->width() + d->side->width(), d->plot->height()};
}

bool LatentMap::paintPicture(QPaintDevice* device) const {
  QCPPainter painter;
  if (!painter.begin(device)) return false;
  painter.fillRect(QRect(QPoint(), pictureSize()), Theme::of(this).canvas);
  d->plot->toPainter(&painter, d->plot->width(), d->plot->height());
  painter.setClipping(false);
  painter.resetTransform();
  d->scale->render(painter, QPointF(d->plot->width(), 6));
  const int below = d->scale->scale() ? d->scale->sizeHint().height() + Theme::kSmall : 0;
  d->legend->render(painter, QPointF(d->plot->width(), 6 + below));
  return painter.end();
}

QImage LatentMap::picture(double ratio) const {
  QImage picture(pictureSize() * ratio, QImage::Format_RGB32);
  picture.setDevicePixelRatio(ratio);
  return paintPicture(&picture) ? picture : QImage();
}

bool LatentMap::exportTo(const QString& path) {
  bool written = false;
  if (path.endsWith(QStringLiteral(".svg"), Qt::CaseInsensitive)) {
    QSvgGenerator svg;
    svg.setFileName(path);
    svg.setSize(pictureSize());
    svg.setViewBox(QRect(QPoint(), pictureSize()));
    svg.setTitle(tr("Latent map"));
    written = paintPicture(&svg);
  } else {
    const QImage whole = picture(std::max(2.0, devicePixelRatioF()));
    written = !whole.isNull() && whole.save(path, "PNG");
  }
  if (!written) {
    emit errorOccurred(
        tr("The map could not be written to %1: check the folder and the space on the disk.")
            .arg(path));
  }
  return written;
}

}  // namespace latent::ui
