#include "ui/plots/probe_curve.h"

#include <qcustomplot.h>

#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QMouseEvent>
#include <algorithm>
#include <cmath>

#include "ui/plots/small_plot.h"
#include "ui/theme.h"
#include "ui/widgets/save_menu.h"

namespace latent::ui {

namespace {

/// Powers of ten, thousands as "1k": the plot may be narrow.
class CountTicker : public QCPAxisTickerLog {
 protected:
  QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override {
    if (tick < 1000.0) return QCPAxisTickerLog::getTickLabel(tick, locale, format, precision);
    return QCPAxisTickerLog::getTickLabel(tick / 1000.0, locale, format, precision) +
           QLatin1Char('k');
  }
};

}  // namespace

class ProbeCurve::Private {
 public:
  QCustomPlot* plot = nullptr;
  QCPGraph* line = nullptr;
  QCPGraph* mark = nullptr;
  QLabel* empty = nullptr;
  QVector<Point> points;
  int chosen = -1;

  void showChosen() {
    if (chosen >= 0) {
      mark->setData({double(points[chosen].labels)}, {100.0 * points[chosen].accuracy}, true);
    } else {
      mark->data()->clear();
    }
    plot->replot(QCustomPlot::rpQueuedReplot);
  }

  void applyTheme(const Theme& theme) {
    styleSmallPlot(plot, theme);
    line->setPen(QPen(theme.accent, 2.0));
    line->setScatterStyle(
        QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(theme.accent, 1.6), theme.canvas, 7.0));
    mark->setPen(Qt::NoPen);
    mark->setScatterStyle(
        QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(theme.canvas, 2.0), theme.accent, 13.0));
    plot->replot(QCustomPlot::rpQueuedReplot);
  }
};

ProbeCurve::ProbeCurve(QWidget* parent) : QWidget(parent), d(std::make_unique<Private>()) {
  setObjectName(QStringLiteral("probeCurve"));
  setFocusPolicy(Qt::StrongFocus);
  new SaveMenu(this, tr("Probe accuracy"), [this] {
    SaveMenu::Rows rows{{tr("labels"), tr("accuracy")}};
    for (const Point& point : d->points) {
      rows << QStringList{QString::number(point.labels), QString::number(point.accuracy, 'g', 9)};
    }
    return rows;
  });
  const SmallPlot made = makeSmallPlot(this);
  d->plot = made.plot;
  d->empty = made.empty;
  d->line = d->plot->addGraph();
  d->mark = d->plot->addGraph();
  d->plot->xAxis->setScaleType(QCPAxis::stLogarithmic);
  d->plot->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new CountTicker));
  d->plot->xAxis->setNumberFormat(QStringLiteral("f"));
  d->plot->xAxis->setNumberPrecision(0);
  d->plot->xAxis->setRange(8.0, 1300.0);
  d->plot->yAxis->setRange(0.0, 100.0);
  d->plot->xAxis->setLabel(tr("labels"));
  d->plot->yAxis->setLabel(tr("accuracy, %"));
  d->applyTheme(Theme::of(this));
}

ProbeCurve::~ProbeCurve() = default;

QSize ProbeCurve::sizeHint() const {
  return {220, 180};
}
QSize ProbeCurve::minimumSizeHint() const {
  return {140, 120};
}

void ProbeCurve::setEmptyText(const QString& text) {
  d->empty->setText(text);
}

void ProbeCurve::setPoints(const QVector<Point>& points) {
  d->points = points;
  d->chosen = std::min(d->chosen, static_cast<int>(points.size()) - 1);
  QVector<double> labels;
  QVector<double> percents;
  for (const Point& point : points) {
    labels.append(double(point.labels));
    percents.append(100.0 * point.accuracy);
  }
  d->line->setData(labels, percents, true);
  if (!points.isEmpty()) {
    constexpr double kRoom = 1.35;  // beside the outermost points
    d->plot->xAxis->setRange(labels.first() / kRoom, labels.last() * kRoom);
    const auto [low, high] = std::minmax_element(percents.begin(), percents.end());
    d->plot->yAxis->setRange(std::max(-2.0, 10.0 * std::floor(*low / 10.0) - 4.0),
                             std::min(102.0, 10.0 * std::ceil(*high / 10.0) + 4.0));
  }
  d->empty->setVisible(points.isEmpty());
  d->showChosen();
}

const QVector<ProbeCurve::Point>& ProbeCurve::points() const {
  return d->points;
}

void ProbeCurve::setChosen(int index) {
  d->chosen = index >= 0 && index < d->points.size() ? index : -1;
  d->showChosen();
}

int ProbeCurve::chosen() const {
  return d->chosen;
}

QPointF ProbeCurve::positionOf(int index) const {
  const Point& point = d->points[index];
  return QPointF(d->plot->xAxis->coordToPixel(double(point.labels)),
                 d->plot->yAxis->coordToPixel(100.0 * point.accuracy)) +
         QPointF(d->plot->pos());
}

void ProbeCurve::choose(int index) {
  if (index == d->chosen || index < 0 || index >= d->points.size()) return;
  setChosen(index);
  emit pointChosen(index);
}

void ProbeCurve::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Right) {
    choose(d->chosen + 1);
  } else if (event->key() == Qt::Key_Left) {
    choose(d->chosen - 1);
  } else {
    QWidget::keyPressEvent(event);
  }
}

bool ProbeCurve::eventFilter(QObject* watched, QEvent* event) {
  if (watched == d->plot && event->type() == QEvent::MouseButtonPress && !d->points.isEmpty()) {
    const auto* mouse = static_cast<QMouseEvent*>(event);
    if (mouse->button() == Qt::LeftButton) {
      setFocus(Qt::MouseFocusReason);
      // The nearest along the axis: a number of labels is meant, not an accuracy.
      int nearest = 0;
      for (int i = 1; i < d->points.size(); ++i) {
        const auto away = [&](int at) {
          return std::abs(d->plot->xAxis->coordToPixel(double(d->points[at].labels)) -
                          mouse->position().x());
        };
        if (away(i) < away(nearest)) nearest = i;
      }
      choose(nearest);
    }
  }
  return QWidget::eventFilter(watched, event);
}

void ProbeCurve::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
    d->applyTheme(Theme::of(this));
  }
  QWidget::changeEvent(event);
}

}  // namespace latent::ui
