#include "ui/plots/loss_plot.h"

#include <qcustomplot.h>

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QSvgGenerator>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/plots/loss_curve.h"
#include "ui/plots/plot_style.h"
#include "ui/theme.h"
#include "ui/widgets/flow_layout.h"

namespace latent::ui {
namespace {

constexpr int kLeftOfAxes = 64;
constexpr int kBelowAxes = 44;
constexpr int kGrowthMilliseconds = 80;

/// Four digits, as a person reads a loss.
QString numberText(double value) {
  if (!std::isfinite(value)) return QStringLiteral("–");
  return QString::number(
      value, std::abs(value) >= 1e5 || (value != 0.0 && std::abs(value) < 1e-3) ? 'g' : 'f',
      std::abs(value) >= 100.0 ? 1 : (std::abs(value) >= 1.0 ? 2 : 3));
}

/// A term's name with a sample of its two lines.
class TermButton : public QToolButton {
 public:
  TermButton(int term, QWidget* parent) : QToolButton(parent), m_term(term) {
    setCheckable(true);
    setChecked(true);
  }
  QSize sizeHint() const override { return {fontMetrics().horizontalAdvance(text()) + 40, 24}; }
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent*) override {
    const Theme& theme = Theme::of(this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (underMouse() || hasFocus()) {
      painter.setPen(hasFocus() ? QPen(theme.accent, 1) : QPen(Qt::NoPen));
      painter.setBrush(theme.hovered);
      painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
    }
    const QColor color = isChecked() ? theme.termColor(m_term) : theme.disabledText;
    const double y = height() / 2.0;
    if (m_term == 0) {
      QColor pale = color;
      pale.setAlphaF(0.22F);
      painter.setPen(QPen(pale, 7, Qt::SolidLine, Qt::FlatCap));
      painter.drawLine(QPointF(8, y - 2), QPointF(26, y - 2));
    }
    painter.setPen(QPen(color, 2));
    painter.drawLine(QPointF(8, y - 2), QPointF(26, y - 2));
    QPen dashed(color, 1.6);
    dashed.setDashPattern({2.2, 1.6});
    painter.setPen(dashed);
    painter.drawLine(QPointF(8, y + 3), QPointF(26, y + 3));
    painter.setPen(isChecked() ? theme.text : theme.disabledText);
    QFont font = this->font();
    font.setStrikeOut(!isChecked());
    painter.setFont(font);
    painter.drawText(rect().adjusted(32, 0, -4, 0), Qt::AlignLeft | Qt::AlignVCenter, text());
  }

 private:
  int m_term;
};

/// The crosshair with its card, and the words at knob changes. On a layer of its own.
class LossOverlay : public QCPLayerable {
 public:
  explicit LossOverlay(QCustomPlot* plot)
      : QCPLayerable(plot, QStringLiteral("overlay")), theme(&Theme::get(Theme::Scheme::Light)) {}

  struct Line {
    QColor color;
    QString name;
    QString train;
    QString validation;
  };
  std::optional<double> epoch;
  std::optional<double> cursor;
  std::vector<Line> lines;
  std::vector<std::pair<double, QString>> markers;
  std::optional<QRectF> zoomBox;
  const Theme* theme;

 protected:
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override {
    painter->setAntialiasing(true);
  }
  QRect clipRect() const override { return mParentPlot->axisRect()->rect(); }

  void draw(QCPPainter* painter) override {
    const QRect frame = clipRect();
    const QFontMetrics metrics(Theme::captionFont());
    painter->setFont(Theme::captionFont());
    double free = -1e9;
    for (const auto& [at, text] : markers) {
      const double x = std::round(mParentPlot->xAxis->coordToPixel(at)) + 0.5;
      if (x < frame.left() || x > frame.right()) continue;
      painter->setPen(QPen(theme->secondaryText, 1, Qt::DotLine));
      painter->drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()));
      if (x < free) continue;  // its words would lie on the ones before
      painter->setPen(theme->secondaryText);
      painter->drawText(QPointF(x + 4, frame.bottom() - 6), text);
      free = x + metrics.horizontalAdvance(text) + 10;
    }
    if (cursor) {
      const double x = std::round(mParentPlot->xAxis->coordToPixel(*cursor)) + 0.5;
      painter->setPen(QPen(theme->accent, 2));
      painter->drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()));
    }
    if (zoomBox) {
      QColor wash = theme->accent;
      wash.setAlphaF(0.14F);
      painter->setPen(QPen(theme->accent, 1, Qt::DashLine));
      painter->setBrush(wash);
      painter->drawRect(*zoomBox);
    }
    if (epoch) drawCard(painter, frame, metrics);
  }

 private:
  void drawCard(QCPPainter* painter, const QRect& frame, const QFontMetrics& metrics) const {
    const double x = std::round(mParentPlot->xAxis->coordToPixel(*epoch)) + 0.5;
    painter->setPen(QPen(theme->secondaryText, 1));
    painter->drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()));
    if (lines.empty()) return;
    const int row = metrics.height() + 2;
    int name = metrics.horizontalAdvance(QObject::tr("epoch %1").arg(*epoch, 0, 'f', 2));
    int column = std::max(metrics.horizontalAdvance(QObject::tr("train")),
                          metrics.horizontalAdvance(QObject::tr("validation")));
    for (const Line& line : lines) {
      name = std::max(name, metrics.horizontalAdvance(line.name) + 12);
      column = std::max({column, metrics.horizontalAdvance(line.train),
                         metrics.horizontalAdvance(line.validation)});
    }
    const double width = name + 2.0 * (column + 12) + 16;
    const double height = row * (double(lines.size()) + 1.0) + 10;
    double left = x + 10;
    if (left + width > frame.right()) left = x - 10 - width;
    const QRectF card(std::max<double>(frame.left() + 2, left), frame.top() + 6, width, height);
    painter->setPen(QPen(theme->line, 1));
    QColor back = theme->raised;
    back.setAlphaF(0.96F);
    painter->setBrush(back);
    painter->drawRoundedRect(card, 5, 5);
    double y = card.top() + 5;
    const auto cells = [&](const QString& first, const QString& second, const QString& third) {
      painter->drawText(QRectF(card.left() + 8, y, name, row), Qt::AlignLeft | Qt::AlignVCenter,
                        first);
      painter->drawText(QRectF(card.left() + 8 + name, y, column + 12, row),
                        Qt::AlignRight | Qt::AlignVCenter, second);
      painter->drawText(QRectF(card.left() + 8 + name + column + 12, y, column + 12, row),
                        Qt::AlignRight | Qt::AlignVCenter, third);
      y += row;
    };
    painter->setPen(theme->secondaryText);
    cells(QObject::tr("epoch %1").arg(*epoch, 0, 'f', 2), QObject::tr("train"),
          QObject::tr("validation"));
    for (const Line& line : lines) {
      painter->setPen(QPen(line.color, 3));
      painter->drawPoint(QPointF(card.left() + 10, y + row / 2.0));
      painter->setPen(theme->text);
      cells(QStringLiteral("   ") + line.name, line.train, line.validation);
    }
  }
};

}  // namespace

class LossPlot::Private {
 public:
  struct Term {
    QString title;
    QString help;
    LossCurve* train;
    LossCurve* validation;
    TermButton* button;
  };

  LossPlot* q = nullptr;
  QCustomPlot* plot = nullptr;
  LossOverlay* overlay = nullptr;
  QLabel* empty = nullptr;
  QLabel* behindName = nullptr;
  FlowLayout* legend = nullptr;
  QToolButton* logButton = nullptr;
  QSlider* smoothing = nullptr;
  QLabel* smoothLabel = nullptr;
  std::vector<Term> terms;
  QString unit;
  /// Points come with every batch; the curves are drawn as often as a person can see them grow.
  QTimer growth;
  bool grown = false;
  bool following = true;
  bool scaleIsChosen = false;  // by the person
  Qt::MouseButton drag = Qt::NoButton;
  QPointF pressed;
  QPointF last;

  /// Draws now, or soon when that was just done.
  void grow() {
    if (growth.isActive()) {
      grown = true;
      return;
    }
    growth.start();
    replot();
  }
  void replot() const { plot->replot(QCustomPlot::rpQueuedReplot); }
  void applyTheme();
  void fitLabels();
  void showEmpty(bool isEmpty);
  bool goesBelowZero() const;
  void follow();
  void updateCard();
  bool handle(QEvent* event);
  void zoom(const QPointF& pixel, double factor, Qt::KeyboardModifiers modifiers);
  void pan(const QPointF& by);
};

namespace {

/// Hands the plot's mouse events to the widget's own handling.
class EventTap : public QObject {
 public:
  EventTap(QObject* parent, std::function<bool(QEvent*)> handle)
      : QObject(parent), m_handle(std::move(handle)) {}
  bool eventFilter(QObject*, QEvent* event) override { return m_handle(event); }

 private:
  std::function<bool(QEvent*)> m_handle;
};

}  // namespace

LossPlot::LossPlot(QWidget* parent) : QWidget(parent), d(std::make_unique<Private>()) {
  d->q = this;
  setObjectName(QStringLiteral("lossPlot"));
  setAccessibleName(tr("Losses"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  auto* row = new QHBoxLayout;
  row->setContentsMargins(Theme::kSmall, Theme::kTight, Theme::kSmall, Theme::kTight);
  row->setSpacing(2);
  d->legend = new FlowLayout(2);
  row->addLayout(d->legend, 1);
  d->behindName = new QLabel(this);
  d->behindName->setObjectName(QStringLiteral("lossBehind"));
  d->behindName->setFont(Theme::captionFont());
  d->behindName->setProperty("role", "caption");
  d->behindName->hide();
  d->smoothLabel = new QLabel(tr("smooth"), this);
  d->smoothLabel->setFont(Theme::captionFont());
  d->smoothLabel->setProperty("role", "caption");
  row->addWidget(d->smoothLabel);
  d->smoothing = new QSlider(Qt::Horizontal, this);
  d->smoothing->setObjectName(QStringLiteral("lossSmoothing"));
  d->smoothing->setAccessibleName(tr("Smoothing of the curves"));
  d->smoothing->setToolTip(
      tr("A running mean over the training curve. What was measured stays visible behind it."));
  d->smoothing->setRange(0, 100);
  d->smoothing->setFixedWidth(64);
  row->addWidget(d->smoothing);
  d->logButton = new QToolButton(this);
  d->logButton->setObjectName(QStringLiteral("lossLogarithmic"));
  d->logButton->setAccessibleName(tr("Logarithmic axis"));
  d->logButton->setToolTip(tr("Logarithmic: equal ratios are equally high"));
  d->logButton->setText(tr("log"));
  d->logButton->setCheckable(true);
  row->addWidget(d->logButton);
  auto* fitButton = new QToolButton(this);
  fitButton->setObjectName(QStringLiteral("lossFit"));
  fitButton->setAccessibleName(tr("Fit the curves"));
  fitButton->setToolTip(tr("Show everything and follow again"));
  fitButton->setIcon(themedIcon(QStringLiteral("fit")));
  row->addWidget(fitButton);
  column->addLayout(row);

  d->plot = new QCustomPlot(this);
  d->plot->setObjectName(QStringLiteral("lossPlotCanvas"));
  d->plot->setAccessibleName(tr("Loss curves over epochs"));
  d->plot->setInteractions(QCP::Interactions());
  d->plot->setMouseTracking(true);
  d->plot->setContextMenuPolicy(Qt::PreventContextMenu);
  d->plot->setMinimumHeight(60);
  d->overlay = new LossOverlay(d->plot);
  column->addWidget(d->plot, 1);
  d->plot->installEventFilter(
      new EventTap(this, [this](QEvent* event) { return d->handle(event); }));

  d->empty = new QLabel(d->plot);
  d->empty->setObjectName(QStringLiteral("lossEmptyText"));
  d->empty->setAlignment(Qt::AlignCenter);
  d->empty->setWordWrap(true);
  d->empty->setProperty("role", "caption");
  d->empty->setAttribute(Qt::WA_TransparentForMouseEvents);
  setEmptyText(tr("The losses of each batch and epoch appear here."));

  connect(fitButton, &QToolButton::clicked, this, &LossPlot::fit);
  connect(d->logButton, &QToolButton::toggled, this, [this](bool logarithmic) {
    d->scaleIsChosen = true;
    setLogarithmic(logarithmic);
  });
  connect(d->smoothing, &QSlider::valueChanged, this, [this](int value) {
    // The last stretch of the slider is where the long means are.
    setSmoothing(value == 0 ? 0.0 : 1.0 - std::pow(10.0, -0.3 - 2.4 * value / 100.0));
  });
  d->growth.setSingleShot(true);
  d->growth.setInterval(kGrowthMilliseconds);
  connect(&d->growth, &QTimer::timeout, this, [this] {
    if (std::exchange(d->grown, false)) d->grow();
  });
  setTerms({});
  setLogarithmic(true);
  d->applyTheme();
}

LossPlot::~LossPlot() = default;

QSize LossPlot::sizeHint() const {
  return {480, 240};
}
QSize LossPlot::minimumSizeHint() const {
  return {240, 130};
}
QCustomPlot* LossPlot::plot() const {
  return d->plot;
}

void LossPlot::setTerms(const QStringList& titles, const QStringList& helps, const QString& unit) {
  for (const Private::Term& term : d->terms) {
    d->plot->removePlottable(term.train);
    d->plot->removePlottable(term.validation);
    delete term.button;
  }
  d->terms.clear();
  d->overlay->markers.clear();
  d->overlay->epoch.reset();
  d->overlay->cursor.reset();
  d->unit = unit;
  d->behindName->hide();
  d->fitLabels();
  QStringList all = titles;
  all.prepend(tr("Total"));
  for (int i = 0; i < all.size(); ++i) {
    Private::Term term;
    term.title = all[i];
    term.help =
        i == 0 ? tr("What training makes small: the sum of all terms.") : helps.value(i - 1);
    term.train = new LossCurve(d->plot->xAxis, d->plot->yAxis, false);
    term.validation = new LossCurve(d->plot->xAxis, d->plot->yAxis, true);
    term.train->setBand(i == 0);
    term.button = new TermButton(i, this);
    term.button->setObjectName(QStringLiteral("lossTerm%1").arg(i));
    term.button->setText(term.title);
    term.button->setAccessibleName(tr("Show %1").arg(term.title));
    term.button->setToolTip(tr("%1<br><i>solid: training, each batch · dashed with dots: "
                               "validation. Click to hide or show.</i>")
                                .arg(term.help.toHtmlEscaped()));
    connect(term.button, &QToolButton::toggled, this,
            [this, i](bool visible) { setTermVisible(i, visible); });
    d->legend->addWidget(term.button);
    d->terms.push_back(term);
  }
  // Last of the words, on a line of its own where the plot is narrow.
  d->legend->removeWidget(d->behindName);
  d->legend->addWidget(d->behindName);
  setSmoothing(d->smoothing->value() == 0
                   ? 0.0
                   : 1.0 - std::pow(10.0, -0.3 - 2.4 * d->smoothing->value() / 100.0));
  d->showEmpty(true);
  d->following = true;
  if (!d->scaleIsChosen) setLogarithmic(true);
  d->applyTheme();
}

void LossPlot::append(const std::vector<Point>& points) {
  if (points.empty()) return;
  for (const Point& point : points) {
    for (std::size_t i = 0; i < d->terms.size(); ++i) {
      LossCurve* curve = point.validation ? d->terms[i].validation : d->terms[i].train;
      if (i == 0) {
        curve->series().append(point.epoch, point.total);
      } else if (i - 1 < point.terms.size()) {
        curve->series().append(point.epoch, point.terms[i - 1]);
      }
    }
  }
  d->showEmpty(false);
  if (d->following) d->follow();
  d->updateCard();
  d->grow();
}

void LossPlot::clear() {
  for (const Private::Term& term : d->terms) {
    term.train->series().clear();
    term.validation->series().clear();
  }
  d->overlay->markers.clear();
  d->overlay->epoch.reset();
  d->showEmpty(true);
  d->following = true;
  d->replot();
}

void LossPlot::addMarker(double epoch, const QString& text) {
  d->overlay->markers.emplace_back(epoch, text);
  d->replot();
}

void LossPlot::setCursor(std::optional<double> epoch) {
  d->overlay->cursor = epoch;
  d->overlay->layer()->replot();
}

void LossPlot::setBackground(const std::vector<Point>& points, const QString& name) {
  d->behindName->setText(name);
  d->behindName->setVisible(!points.empty() && !name.isEmpty());
  for (Private::Term& term : d->terms) {
    for (LossCurve* curve : {term.train, term.validation}) curve->behind().clear();
  }
  for (const Point& point : points) {
    for (std::size_t i = 0; i < d->terms.size(); ++i) {
      LossCurve* curve = point.validation ? d->terms[i].validation : d->terms[i].train;
      if (i > 0 && i > point.terms.size()) continue;
      const float value = i == 0 ? point.total : point.terms[i - 1];
      if (std::isfinite(value)) curve->behind().append(point.epoch, value);
    }
  }
  if (d->following) d->follow();
  d->replot();
}

void LossPlot::setLogarithmic(bool logarithmic) {
  const QSignalBlocker blocker(d->logButton);
  d->logButton->setChecked(logarithmic);
  QCPAxis* axis = d->plot->yAxis;
  axis->setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  if (logarithmic) {
    axis->setTicker(QSharedPointer<QCPAxisTickerLog>::create());
    axis->setNumberFormat(QStringLiteral("gb"));
    axis->setNumberPrecision(4);
  } else {
    axis->setTicker(QSharedPointer<QCPAxisTicker>::create());
    axis->setNumberFormat(QStringLiteral("g"));
    axis->setNumberPrecision(6);
  }
  d->following = true;
  d->follow();
  d->replot();
}

bool LossPlot::isLogarithmic() const {
  return d->plot->yAxis->scaleType() == QCPAxis::stLogarithmic;
}

void LossPlot::setSmoothing(double weight) {
  for (const Private::Term& term : d->terms) term.train->series().setSmoothing(weight);
  d->replot();
}

void LossPlot::setEmptyText(const QString& text) {
  d->empty->setText(text);
}

void LossPlot::setTermVisible(int term, bool visible) {
  if (term < 0 || term >= static_cast<int>(d->terms.size())) return;
  const Private::Term& shown = d->terms[static_cast<std::size_t>(term)];
  const bool changed = shown.train->visible() != visible;
  {
    const QSignalBlocker blocker(shown.button);
    shown.button->setChecked(visible);
  }
  shown.train->setVisible(visible);
  shown.validation->setVisible(visible);
  if (d->following) d->follow();
  d->updateCard();
  d->replot();
  if (changed) emit termVisibilityChanged(term, visible);
}

bool LossPlot::isTermVisible(int term) const {
  return term >= 0 && term < static_cast<int>(d->terms.size()) &&
         d->terms[static_cast<std::size_t>(term)].train->visible();
}

void LossPlot::fit() {
  d->following = true;
  d->follow();
  d->replot();
}

QRectF LossPlot::view() const {
  const QCPRange x = d->plot->xAxis->range();
  const QCPRange y = d->plot->yAxis->range();
  return {QPointF(x.lower, y.lower), QPointF(x.upper, y.upper)};
}

void LossPlot::setView(const QRectF& view) {
  if (view.isEmpty()) return;
  d->following = false;
  d->plot->xAxis->setRange(view.left(), view.right());
  d->plot->yAxis->setRange(view.top(), view.bottom());
  d->plot->replot(QCustomPlot::rpQueuedReplot);
}

bool LossPlot::isFollowing() const {
  return d->following;
}

/// Whether a curve goes so far below zero that a logarithm would hide it, as free energies do; an
/// estimate that only strays there does not count.
bool LossPlot::Private::goesBelowZero() const {
  constexpr double kStrays = 0.05;
  double low = 0.0;
  double high = 0.0;
  for (const Term& term : terms) {
    for (const LossCurve* curve : {term.train, term.validation}) {
      if (!curve->visible()) continue;
      if (const auto range = curve->series().extremes(0, curve->series().size())) {
        low = std::min(low, double(range->low));
        high = std::max(high, double(range->high));
      }
    }
  }
  return low < -kStrays * high;
}

void LossPlot::Private::follow() {
  if (!scaleIsChosen && q->isLogarithmic() && goesBelowZero()) {
    q->setLogarithmic(false);  // follows too
    return;
  }
  double lastEpoch = 0.0;
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  const bool logarithmic = q->isLogarithmic();
  const auto include = [&](const LossCurve* curve, const LossSeries& series) {
    if (series.size() == 0) return;
    lastEpoch = std::max(lastEpoch, series.epoch(series.size() - 1));
    if (!curve->visible()) return;
    // On a linear axis the first fall would flatten all that follows.
    // On a logarithmic one a term that starts near zero would take most decades.
    const std::size_t first = series.lowerBound(0.04 * series.epoch(series.size() - 1));
    if (const auto range = series.extremes(first, series.size(), logarithmic)) {
      low = std::min(low, double(range->low));
      high = std::max(high, double(range->high));
    }
    if (!logarithmic) return;
    if (const auto all = series.extremes(0, series.size(), true)) {
      high = std::max(high, double(all->high));
    }
  };
  for (const Term& term : terms) {
    for (const LossCurve* curve : {term.train, term.validation}) {
      include(curve, curve->series());
      include(curve, curve->behind());
    }
  }
  plot->xAxis->setRange(0.0, lastEpoch > 0.0 ? lastEpoch * 1.02 : 1.0);
  if (low > high) {
    low = 1.0;
    high = 1000.0;
  }
  if (logarithmic) {
    const double margin = std::max(1.04, std::pow(high / low, 0.05));
    plot->yAxis->setRange(low / margin, high * margin);
    // Decades alone leave a short axis with a single number.
    if (high / low < 30.0) {
      plot->yAxis->setTicker(QSharedPointer<QCPAxisTicker>::create());
    } else {
      auto ticker = QSharedPointer<QCPAxisTickerLog>::create();
      ticker->setSubTickCount(8);
      plot->yAxis->setTicker(ticker);
    }
    plot->yAxis->setNumberFormat(QStringLiteral("g"));
  } else {
    const double margin = std::max(0.05 * (high - low), 1e-6 + 0.005 * std::abs(high));
    plot->yAxis->setRange(low - margin, high + margin);
  }
}

/// Axes without curves would only stand in the way of the words.
void LossPlot::Private::showEmpty(bool isEmpty) {
  empty->setVisible(isEmpty);
  plot->xAxis->setVisible(!isEmpty);
  plot->yAxis->setVisible(!isEmpty);
  plot->xAxis->grid()->setVisible(!isEmpty);
  plot->yAxis->grid()->setVisible(!isEmpty);
}

/// Where it is low or narrow, what can be done without goes.
void LossPlot::Private::fitLabels() {
  const bool low = plot->height() < 150;
  plot->xAxis->setLabel(low ? QString() : LossPlot::tr("epoch"));
  plot->yAxis->setLabel(low ? QString() : unit);
  const bool narrow = q->width() < 520;
  smoothing->setVisible(!narrow);
  smoothLabel->setVisible(!narrow);
}

void LossPlot::Private::applyTheme() {
  const Theme& theme = Theme::of(q);
  stylePlot(plot, theme);
  overlay->theme = &theme;
  plot->axisRect()->setupFullAxesBox(false);
  plot->xAxis2->setVisible(false);
  plot->yAxis2->setVisible(false);
  plot->axisRect()->setMinimumMargins(QMargins(0, 8, 10, 0));
  for (std::size_t i = 0; i < terms.size(); ++i) {
    terms[i].train->setColor(theme.termColor(static_cast<int>(i)));
    terms[i].validation->setColor(theme.termColor(static_cast<int>(i)));
  }
  replot();
}

void LossPlot::Private::updateCard() {
  overlay->lines.clear();
  if (!overlay->epoch) return;
  for (const Term& term : terms) {
    if (!term.train->visible()) continue;
    const auto text = [&](const LossSeries& series) {
      const auto at = series.nearest(*overlay->epoch);
      return at ? numberText(double(series.value(*at))) : QString();
    };
    overlay->lines.push_back({Theme::of(q).termColor(int(&term - terms.data())), term.title,
                              text(term.train->series()), text(term.validation->series())});
  }
}

QString LossPlot::valuesAt(double epoch) const {
  QStringList lines;
  for (const Private::Term& term : d->terms) {
    for (const LossCurve* curve : {term.train, term.validation}) {
      const auto at = curve->series().nearest(epoch);
      if (!at || !curve->visible()) continue;
      lines << QStringLiteral("%1, %2: %3 %4")
                   .arg(term.title, curve->isValidation() ? tr("validation") : tr("train"),
                        numberText(double(curve->series().value(*at))), d->unit);
    }
  }
  return lines.join(QLatin1Char('\n'));
}

void LossPlot::Private::zoom(const QPointF& pixel, double factor, Qt::KeyboardModifiers modifiers) {
  following = false;
  if (!modifiers.testFlag(Qt::ShiftModifier)) {
    plot->xAxis->scaleRange(factor, plot->xAxis->pixelToCoord(pixel.x()));
  }
  if (!modifiers.testFlag(Qt::ControlModifier)) {
    plot->yAxis->scaleRange(factor, plot->yAxis->pixelToCoord(pixel.y()));
  }
  replot();
}

void LossPlot::Private::pan(const QPointF& by) {
  following = false;
  QCPAxis* x = plot->xAxis;
  x->moveRange(x->pixelToCoord(0) - x->pixelToCoord(by.x()));
  QCPAxis* y = plot->yAxis;
  if (q->isLogarithmic()) {
    const double ratio = y->pixelToCoord(0) / y->pixelToCoord(by.y());
    y->setRange(y->range().lower * ratio, y->range().upper * ratio);
  } else {
    y->moveRange(y->pixelToCoord(0) - y->pixelToCoord(by.y()));
  }
  replot();
}

bool LossPlot::Private::handle(QEvent* event) {
  const auto* mouse = dynamic_cast<QMouseEvent*>(event);  // of the mouse events alone
  switch (event->type()) {
    case QEvent::MouseButtonPress:
      if (!plot->axisRect()->rect().contains(mouse->position().toPoint())) return true;
      drag = mouse->button();
      if (drag == Qt::LeftButton && mouse->modifiers().testFlag(Qt::ControlModifier)) {
        drag = Qt::MiddleButton;
      }
      pressed = last = mouse->position();
      return true;
    case QEvent::MouseButtonDblClick:
      q->fit();
      return true;
    case QEvent::MouseMove:
      if (drag == Qt::MiddleButton) {
        pan(mouse->position() - last);
        last = mouse->position();
        return true;
      }
      if (drag == Qt::LeftButton) {
        overlay->zoomBox = QRectF(pressed, mouse->position()).normalized();
        overlay->epoch.reset();
      } else if (plot->axisRect()->rect().contains(mouse->position().toPoint())) {
        overlay->epoch = plot->xAxis->pixelToCoord(mouse->position().x());
        updateCard();
      } else {
        overlay->epoch.reset();
      }
      overlay->layer()->replot();
      return true;
    case QEvent::MouseButtonRelease:
      if (overlay->zoomBox && overlay->zoomBox->width() > 5 && overlay->zoomBox->height() > 5) {
        const QRectF box = *overlay->zoomBox;
        following = false;
        plot->xAxis->setRange(plot->xAxis->pixelToCoord(box.left()),
                              plot->xAxis->pixelToCoord(box.right()));
        plot->yAxis->setRange(plot->yAxis->pixelToCoord(box.bottom()),
                              plot->yAxis->pixelToCoord(box.top()));
      }
      overlay->zoomBox.reset();
      drag = Qt::NoButton;
      replot();
      return true;
    case QEvent::Leave:
      overlay->epoch.reset();
      overlay->layer()->replot();
      return false;
    case QEvent::Wheel: {
      const auto* wheel = static_cast<QWheelEvent*>(event);
      const double notches =
          (wheel->angleDelta().y() != 0 ? wheel->angleDelta().y() : wheel->angleDelta().x()) /
          120.0;
      if (notches != 0.0) zoom(wheel->position(), std::pow(0.82, notches), wheel->modifiers());
      return true;
    }
    case QEvent::Resize:
      // Within the axes, off their numbers and titles.
      empty->setGeometry(plot->rect().adjusted(kLeftOfAxes, 4, -Theme::kMedium, -kBelowAxes));
      fitLabels();
      return false;
    default:
      return false;
  }
}

bool LossPlot::exportTo(const QString& path) {
  bool written = false;
  if (path.endsWith(QStringLiteral(".svg"), Qt::CaseInsensitive)) {
    QSvgGenerator svg;
    svg.setFileName(path);
    svg.setSize(d->plot->size());
    svg.setViewBox(d->plot->rect());
    QCPPainter painter;
    if (painter.begin(&svg)) {
      d->plot->toPainter(&painter, d->plot->width(), d->plot->height());
      written = painter.end();
    }
  } else {
    written = d->plot->savePng(path, 0, 0, std::max(2.0, devicePixelRatioF()));
  }
  if (!written) {
    emit errorOccurred(
        tr("The curves could not be written to %1: check the folder and the space on the disk.")
            .arg(path));
  }
  return written;
}

void LossPlot::changeEvent(QEvent* event) {
  if (d && (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)) {
    d->applyTheme();
  }
  QWidget::changeEvent(event);
}

}  // namespace latent::ui
