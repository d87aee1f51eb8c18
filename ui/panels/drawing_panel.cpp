#include "ui/panels/drawing_panel.h"

#include <QApplication>
#include <QButtonGroup>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>
#include <numbers>

#include "ui/drawn_digit.h"
#include "ui/exploration.h"
#include "ui/panels/caption.h"
#include "ui/plots/latent_map.h"
#include "ui/run_controller.h"
#include "ui/theme.h"
#include "ui/widgets/drawing_canvas.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/named.h"
#include "ui/widgets/pictures.h"

namespace latent::ui {
namespace {

constexpr double kDeviations = 2.0;  // of the posterior's ellipse
constexpr std::size_t kNumbersShown = 4;
constexpr int kThumb = 96;

/// Where a code lies in a map that was laid out point by point: the mean of its nearest codes'
/// places, the nearer the heavier.
QPointF placeAmong(const MapFrame& frame, const std::vector<float>& code) {
  constexpr int kNearest = 5;
  QPointF sum;
  double weights = 0.0;
  for (const Neighbour& near : nearest_neighbours(*frame.codes, frame.latentDim, code, kNearest)) {
    const double weight = 1.0 / (double(near.distance) + 1e-6);
    const auto at = 2 * static_cast<std::size_t>(near.index);
    sum += weight * QPointF(double(frame.points[at]), double(frame.points[at + 1]));
    weights += weight;
  }
  return weights > 0.0 ? sum / weights : QPointF();
}

QString number(double value, int digits) {
  return QString::number(value, 'f', digits).replace(QLatin1Char('-'), QChar(0x2212));
}

}  // namespace

QPolygonF posteriorEllipse(const Projection& projection, const std::vector<float>& mean,
                           const std::vector<float>& logVariance, double deviations) {
  const std::size_t dims = mean.size();
  if (logVariance.size() != dims || projection.axes.size() != 2 * dims) return {};
  // The plane's covariance A diag(σ²) Aᵀ, and its root by Cholesky: the circle's image.
  double xx = 0.0;
  double xy = 0.0;
  double yy = 0.0;
  for (std::size_t l = 0; l < dims; ++l) {
    const double variance = std::exp(double(logVariance[l]));
    const double x = projection.axes[l];
    const double y = projection.axes[dims + l];
    xx += variance * x * x;
    xy += variance * x * y;
    yy += variance * y * y;
  }
  const double a = std::sqrt(std::max(xx, 0.0));
  const double b = a > 0.0 ? xy / a : 0.0;
  const double c = std::sqrt(std::max(yy - b * b, 0.0));
  float centre[2] = {0.0F, 0.0F};
  projection.project(mean, centre);
  QPolygonF outline;
  constexpr int kCorners = 64;
  for (int i = 0; i < kCorners; ++i) {
    const double angle = 2.0 * std::numbers::pi * i / kCorners;
    const double u = deviations * std::cos(angle);
    const double v = deviations * std::sin(angle);
    outline << QPointF(double(centre[0]) + a * u, double(centre[1]) + b * u + c * v);
  }
  return outline;
}

DrawingPanel::DrawingPanel(RunController* run, ExplorerService* explorer, Exploration* exploration,
                           LatentMap* map, QWidget* parent)
    : QWidget(parent), m_run(run), m_explorer(explorer), m_exploration(exploration), m_map(map) {
  setObjectName(QStringLiteral("drawingPanel"));
  m_canvas = named(new DrawingCanvas, "drawingCanvas", tr("Drawing"),
                   tr("Draw with the left button; a picture can be dropped here."));
  m_framing = makeCaption({});
  m_framing->setObjectName(QStringLiteral("drawingFraming"));
  const auto view = [](const char* name, const QString& caption, const QString& help) {
    auto* image = named(new ImageView, name, caption, help);
    image->setCaption(caption);
    image->setMinimumSize(kThumb, kThumb + Theme::kLarge);
    return image;
  };
  m_seen = view("drawingSeen", tr("input"),
                tr("What the network sees: the drawing as a picture of the data set."));
  m_reconstruction = view("drawingReconstruction", tr("reconstruction"),
                          tr("Encoded and decoded by the newest weights."));
  m_seen->setAccessibleName(tr("What the network sees"));
  m_reconstruction->setAccessibleName(tr("Reconstruction of the drawing"));
  auto* pictures = new QVBoxLayout;
  pictures->setSpacing(Theme::kSmall);
  pictures->addWidget(m_seen, 1);
  pictures->addWidget(m_reconstruction, 1);
  auto* middle = new QHBoxLayout;
  middle->setSpacing(Theme::kMedium);
  middle->addWidget(m_canvas, 2);
  middle->addLayout(pictures, 1);
  m_facts = new QLabel;
  m_facts->setObjectName(QStringLiteral("drawingFacts"));
  m_facts->setWordWrap(true);
  m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_goThere = named(new QPushButton(tr("Go to its code")), "drawingGo", tr("Go to its code"),
                    tr("Makes the drawing's code the current one: sliders, directions and "
                       "neighbours then start from it."));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(Theme::kMedium, Theme::kSmall, Theme::kMedium, Theme::kSmall);
  layout->setSpacing(Theme::kSmall);
  layout->addWidget(makeTools());
  layout->addLayout(middle, 1);
  layout->addWidget(m_framing);
  layout->addWidget(m_facts);
  layout->addWidget(m_goThere, 0, Qt::AlignLeft);

  connect(m_run, &RunController::runChanged, this, &DrawingPanel::followRun);
  connect(m_canvas, &DrawingCanvas::changed, this, &DrawingPanel::encode);
  connect(m_canvas, &DrawingCanvas::pictureDropped, this, &DrawingPanel::take);
  connect(m_canvas, &DrawingCanvas::dropRefused, this,
          [this](const QString& sentence) { emit errorOccurred(sentence, {}); });
  connect(m_exploration, &Exploration::labelChanged, this, &DrawingPanel::encode);
  // The weights have moved: the same drawing has another code.
  connect(m_run, &RunController::snapshotArrived, this, &DrawingPanel::encode);
  connect(m_explorer, &ExplorerService::mapReady, this,
          [this](const std::shared_ptr<const MapFrame>& frame) {
            // Its place among others has to be looked for again, on a plane it is known.
            if (frame->laidOut) {
              encode();
            } else {
              showOnMap();
            }
          });
  connect(m_goThere, &QPushButton::clicked, this, [this] {
    if (m_encoded) m_exploration->setCode(m_encoded->mean);
  });
  followRun();
}

QWidget* DrawingPanel::makeTools() {
  auto* tools = new QWidget;
  auto* line = new FlowLayout(Theme::kTight, tools);
  line->setContentsMargins(0, 0, 0, 0);
  const auto add = [&](const char* name, const char* icon, const QString& text, const QString& help,
                       bool checkable) {
    auto* button =
        named(new QToolButton, name, text, QStringLiteral("<b>%1</b><br>%2").arg(text, help));
    button->setText(text);
    if (*icon != '\0') {
      button->setIcon(themedIcon(QLatin1String(icon)));
      button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    }
    button->setCheckable(checkable);
    button->setFocusPolicy(Qt::TabFocus);
    line->addWidget(button);
    return button;
  };
  auto* pens = new QButtonGroup(this);
  pens->setExclusive(true);
  const QString pen = tr("Width of the pen and of the eraser.");
  pens->addButton(add("penThin", "", tr("Thin"), pen, true), 14);
  pens->addButton(add("penMedium", "", tr("Medium"), pen, true), 22);
  pens->addButton(add("penThick", "", tr("Thick"), pen, true), 34);
  pens->button(m_canvas->penWidth())->setChecked(true);
  connect(pens, &QButtonGroup::idClicked, m_canvas, &DrawingCanvas::setPenWidth);
  QToolButton* eraser =
      add("drawingEraser", "eraser", tr("Eraser"), tr("The pen takes ink away."), true);
  connect(eraser, &QToolButton::toggled, m_canvas, &DrawingCanvas::setErasing);
  QToolButton* clear = add("drawingClear", "close", tr("Clear"),
                           tr("An empty pad, and no marker on the map."), false);
  connect(clear, &QToolButton::clicked, m_canvas, &DrawingCanvas::clear);
  QToolButton* paste = add("drawingPaste", "paste", tr("Paste"),
                           tr("Takes the picture of the clipboard as the drawing."), false);
  connect(paste, &QToolButton::clicked, this, &DrawingPanel::paste);
  return tools;
}

void DrawingPanel::paste() {
  const QImage picture = QApplication::clipboard()->image();
  if (picture.isNull()) {
    emit errorOccurred(tr("There is no picture on the clipboard: copy one first."), {});
    return;
  }
  take(picture);
}

void DrawingPanel::take(const QImage& picture) {
  m_canvas->setDrawing(asDrawing(picture, DrawingCanvas::kSide));
}

void DrawingPanel::followRun() {
  const auto& test = m_run->data().test;
  if (!test) {
    m_framing->setText(tr("Start training: then the drawing is encoded while you draw."));
  } else if (framingFor(test->shape) == Framing::Mnist) {
    m_framing->setText(
        tr("Scaled into 20×20 and centred by mass in 28×28, as MNIST's digits were. A picture of "
           "dark strokes on light paper is turned over."));
  } else {
    m_framing->setText(tr("Scaled plainly to the %1×%2 of these pictures, not centred.")
                           .arg(test->shape.width)
                           .arg(test->shape.height));
  }
  show(std::nullopt);
  encode();
}

void DrawingPanel::encode() {
  const auto test = m_run->data().test;
  if (!test || !m_run->hasRun() || m_canvas->isBlank()) {
    show(std::nullopt);
    return;
  }
  m_explorer->ask(
      "drawing", 1,
      [this, drawing = m_canvas->drawing().copy(), label = m_exploration->label(),
       shape = test->shape,
       frame = m_explorer->frame()](const FrozenModel& model) -> ExplorerService::Deliver {
        if (!(model.shape() == shape)) return [] {};
        Encoded encoded;
        encoded.seen = frameDrawing(drawing, shape);
        const auto dims = static_cast<std::size_t>(model.latent_dim());
        encoded.mean.resize(dims);
        if (model.info().gaussian_posterior) encoded.logVariance.resize(dims);
        const std::vector<std::int32_t> labels = {std::max(0, label)};
        model.encode(encoded.seen, labels, encoded.mean, encoded.logVariance);
        std::vector<float> pixels(static_cast<std::size_t>(shape.pixels()));
        model.decode(encoded.mean,
                     model.info().conditional ? std::span<const std::int32_t>(labels)
                                              : std::span<const std::int32_t>(),
                     pixels);
        encoded.reconstruction = imageFromFloats(pixels, shape.channels, shape.height, shape.width);
        model.reconstruction_error(encoded.seen, labels, {&encoded.nats, 1});
        if (frame && frame->laidOut && frame->latentDim == model.latent_dim()) {
          encoded.laidOutAt = placeAmong(*frame, encoded.mean);
        }
        return [this, encoded = std::move(encoded)] {
          if (!m_canvas->isBlank()) show(encoded);
        };
      });
}

void DrawingPanel::show(const std::optional<Encoded>& encoded) {
  m_encoded = encoded;
  m_goThere->setEnabled(m_encoded.has_value());
  const auto& test = m_run->data().test;
  if (!m_encoded || !test) {
    m_seen->setImage({});
    m_reconstruction->setImage({});
    m_facts->clear();
    showOnMap();
    return;
  }
  const ImageShape shape = test->shape;
  m_seen->setImage(imageFromBytes(m_encoded->seen, shape.channels, shape.height, shape.width));
  m_reconstruction->setImage(m_encoded->reconstruction);
  QStringList numbers;
  double kl = 0.0;
  for (std::size_t l = 0; l < m_encoded->mean.size(); ++l) {
    const double mean = m_encoded->mean[l];
    QString text = QStringLiteral("z%1 = %2").arg(l + 1).arg(number(mean, 2));
    if (!m_encoded->logVariance.empty()) {
      const double logVariance = m_encoded->logVariance[l];
      text += QStringLiteral(" ± %1").arg(number(std::exp(0.5 * logVariance), 2));
      kl += 0.5 * (mean * mean + std::exp(logVariance) - 1.0 - logVariance);
    }
    if (l < kNumbersShown) numbers << text;
  }
  if (m_encoded->mean.size() > kNumbersShown) {
    numbers << tr("and %1 more").arg(m_encoded->mean.size() - kNumbersShown);
  }
  QString facts = tr("Reconstruction error %1 nats").arg(number(double(m_encoded->nats), 1));
  if (!m_encoded->logVariance.empty()) facts += tr(", KL %1 nats").arg(number(kl, 1));
  facts += QStringLiteral("<br>") + numbers.join(QStringLiteral(", "));
  if (!m_encoded->logVariance.empty()) {
    facts += QStringLiteral("<br>") + tr("The ellipse on the map is 2 standard deviations.");
  }
  m_facts->setText(facts);
  showOnMap();
}

void DrawingPanel::showOnMap() {
  const auto frame = m_explorer->frame();
  if (!m_encoded || !frame || frame->latentDim != m_exploration->latentDim() ||
      static_cast<int>(m_encoded->mean.size()) != frame->latentDim) {
    m_map->setDrawn(std::nullopt);
    return;
  }
  if (frame->laidOut) {
    if (m_encoded->laidOutAt) m_map->setDrawn(LatentMap::Drawn{*m_encoded->laidOutAt, {}});
    return;
  }
  m_map->setDrawn(LatentMap::Drawn{
      frame->project(m_encoded->mean),
      posteriorEllipse(frame->projection, m_encoded->mean, m_encoded->logVariance, kDeviations)});
}

}  // namespace latent::ui
