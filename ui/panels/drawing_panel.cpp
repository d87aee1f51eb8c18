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

#include "ui/drawn_digit.h"
#include "ui/exploration.h"
#include "ui/explored_run.h"
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

constexpr int kThumb = 96;

}  // namespace

DrawingPanel::DrawingPanel(RunController* run, ExplorerService* explorer, Exploration* exploration,
                           LatentMap* map, QWidget* parent)
    : QWidget(parent), m_run(run) {
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
  m_besideReconstruction =
      view("drawingReconstructionBeside", tr("rebuilt, right"),
           tr("Encoded and decoded by the newest weights of the run at the right."));
  m_besideReconstruction->hide();
  m_seen->setAccessibleName(tr("What the network sees"));
  m_reconstruction->setAccessibleName(tr("Reconstruction of the drawing"));
  auto* pictures = new QVBoxLayout;
  pictures->setSpacing(Theme::kSmall);
  pictures->addWidget(m_seen, 1);
  pictures->addWidget(m_reconstruction, 1);
  pictures->addWidget(m_besideReconstruction, 1);
  auto* middle = new QHBoxLayout;
  middle->setSpacing(Theme::kMedium);
  middle->addWidget(m_canvas, 2);
  middle->addLayout(pictures, 1);
  m_facts = new QLabel;
  m_facts->setObjectName(QStringLiteral("drawingFacts"));
  m_facts->setWordWrap(true);
  m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_besideFacts = new QLabel;
  m_besideFacts->setObjectName(QStringLiteral("drawingFactsBeside"));
  m_besideFacts->setWordWrap(true);
  m_besideFacts->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_besideFacts->hide();
  m_encoded = new EncodedDrawing(m_canvas, m_run, explorer, exploration, map, this);
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
  layout->addWidget(m_besideFacts);
  layout->addWidget(m_goThere, 0, Qt::AlignLeft);

  connect(m_run, &RunController::runChanged, this, &DrawingPanel::followRun);
  connect(m_canvas, &DrawingCanvas::pictureDropped, this, &DrawingPanel::take);
  connect(m_canvas, &DrawingCanvas::dropRefused, this,
          [this](const QString& sentence) { emit errorOccurred(sentence, {}); });
  connect(m_encoded, &EncodedDrawing::changed, this, &DrawingPanel::showValues);
  connect(m_goThere, &QPushButton::clicked, this, [this, exploration] {
    if (m_encoded->values()) exploration->setCode(m_encoded->values()->mean);
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
  showValues();
}

void DrawingPanel::setBeside(ExploredRun* beside, LatentMap* map) {
  delete m_beside;
  m_beside = nullptr;
  if (beside != nullptr) {
    m_beside = new EncodedDrawing(m_canvas, beside->run(), beside->explorer(),
                                  beside->exploration(), map, this);
    connect(m_beside, &EncodedDrawing::changed, this, &DrawingPanel::showBeside);
  }
  showBeside();
}

void DrawingPanel::showBeside() {
  const bool any = m_beside != nullptr;
  m_besideReconstruction->setVisible(any);
  m_besideFacts->setVisible(any);
  m_reconstruction->setCaption(any ? tr("rebuilt, left") : tr("reconstruction"));
  const bool known = any && m_beside->values();
  m_besideReconstruction->setImage(known ? m_beside->values()->reconstruction : QImage());
  m_besideFacts->setText(known ? tr("At the right: %1").arg(m_beside->facts()) : QString());
}

void DrawingPanel::showValues() {
  const auto& values = m_encoded->values();
  m_goThere->setEnabled(values.has_value());
  const auto& test = m_run->data().test;
  if (!values || !test) {
    m_seen->setImage({});
    m_reconstruction->setImage({});
    m_facts->clear();
    return;
  }
  const ImageShape shape = test->shape;
  m_seen->setImage(imageFromBytes(values->seen, shape.channels, shape.height, shape.width));
  m_reconstruction->setImage(values->reconstruction);
  QString facts = m_encoded->facts();
  if (!values->logVariance.empty()) {
    facts += QStringLiteral("<br>") + tr("The ellipse on the map is 2 standard deviations.");
  }
  m_facts->setText(facts);
}

}  // namespace latent::ui
