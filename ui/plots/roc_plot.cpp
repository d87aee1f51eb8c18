#include "ui/plots/roc_plot.h"

#include <qcustomplot.h>

#include <QKeyEvent>
#include <QLabel>
#include <QMouseEvent>
#include <algorithm>
#include <optional>

#include "ui/plots/small_plot.h"
#include "ui/theme.h"
#include "ui/widgets/save_menu.h"

namespace latent::ui {
namespace {

constexpr double kRocHandle = 6.5;
constexpr double kRocPage = 0.02;  // of the corners, for Page Up and Down

/// The handle and the area in words, on a layer of their own: dragging draws nothing else again.
class RocOverlay : public QCPLayerable {
 public:
  explicit RocOverlay(QCustomPlot* plot)
      : QCPLayerable(plot, QStringLiteral("overlay")), theme(&Theme::get(Theme::Scheme::Light)) {}

  std::optional<QPointF> handle;  // rates
  QString words;
  bool bowsDown = false;  // the curve: worse than chance
  bool focused = false;
  const Theme* theme;

  QPointF pixel(const QPointF& rates) const {
    return {mParentPlot->xAxis->coordToPixel(rates.x()),
            mParentPlot->yAxis->coordToPixel(rates.y())};
  }

 protected:
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override {
    painter->setAntialiasing(true);
  }
  QRect clipRect() const override { return mParentPlot->viewport(); }
  void draw(QCPPainter* painter) override {
    const QRect frame = mParentPlot->axisRect()->rect();
    painter->setFont(Theme::titleFont());
    painter->setPen(theme->text);
    // In the corner that the curve leaves free.
    painter->drawText(frame.adjusted(Theme::kSmall, Theme::kTight, -Theme::kSmall, -Theme::kTight),
                      bowsDown ? Qt::AlignLeft | Qt::AlignTop : Qt::AlignRight | Qt::AlignBottom,
                      words);
    if (!handle) return;
    const QPointF at = pixel(*handle);
    painter->setPen(QPen(theme->secondaryText, 1, Qt::DotLine));
    painter->drawLine(QPointF(at.x(), frame.bottom()), at);
    painter->drawLine(QPointF(frame.left(), at.y()), at);
    painter->setPen(QPen(theme->canvas, 2));
    painter->setBrush(theme->accent);
    painter->drawEllipse(at, kRocHandle, kRocHandle);
    if (focused) {
      painter->setBrush(Qt::NoBrush);
      painter->setPen(QPen(theme->accent, 1.5));
      painter->drawEllipse(at, kRocHandle + 3.0, kRocHandle + 3.0);
    }
  }
};

}  // namespace

class RocPlot::Private {
 public:
  QCustomPlot* plot = nullptr;
  QCPCurve* line = nullptr;
  QCPCurve* chance = nullptr;
  RocOverlay* overlay = nullptr;
  QLabel* empty = nullptr;
  std::shared_ptr<const Roc> curve;
  std::size_t corner = 0;
  bool dragging = false;

  std::size_t count() const { return curve ? curve->corners.size() : 0; }

  QPointF rates(std::size_t at) const {
    return {curve->false_positive_rate(at), curve->true_positive_rate(at)};
  }

  std::size_t nearest(const QPointF& position) const {
    std::size_t best = 0;
    double least = 1e300;
    for (std::size_t i = 0; i < count(); ++i) {
      const QPointF away = overlay->pixel(rates(i)) - position;
      const double distance = QPointF::dotProduct(away, away);
      if (distance < least) {
        least = distance;
        best = i;
      }
    }
    return best;
  }

  void showHandle() {
    overlay->handle = count() > 0 ? std::optional(rates(corner)) : std::nullopt;
    if (!plot->viewport().isEmpty()) overlay->layer()->replot();
  }

  void applyTheme(const Theme& theme) {
    overlay->theme = &theme;
    styleSmallPlot(plot, theme);
    line->setPen(QPen(theme.accent, 2.0, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    chance->setPen(QPen(theme.line, 1.4, Qt::DashLine));
    plot->replot(QCustomPlot::rpQueuedReplot);
  }
};

RocPlot::RocPlot(QWidget* parent) : QWidget(parent), d(std::make_unique<Private>()) {
  setObjectName(QStringLiteral("rocPlot"));
  setFocusPolicy(Qt::StrongFocus);
  new SaveMenu(this, tr("ROC curve"), [this] {
    SaveMenu::Rows rows{{tr("false positive rate"), tr("true positive rate")}};
    for (std::size_t i = 0; i < d->count(); ++i) {
      const QPointF rates = d->rates(i);
      rows << QStringList{QString::number(rates.x(), 'g', 9), QString::number(rates.y(), 'g', 9)};
    }
    return rows;
  });
  const SmallPlot made = makeSmallPlot(this);
  d->plot = made.plot;
  d->empty = made.empty;
  d->chance = new QCPCurve(d->plot->xAxis, d->plot->yAxis);
  d->chance->setData({0.0, 1.0}, {0.0, 1.0});
  d->line = new QCPCurve(d->plot->xAxis, d->plot->yAxis);
  d->overlay = new RocOverlay(d->plot);
  d->plot->xAxis->setLabel(tr("false positive rate"));
  d->plot->yAxis->setLabel(tr("true positive rate"));
  // A little beyond the ends: the curve is not cut where it runs along them.
  d->plot->xAxis->setRange(-0.015, 1.015);
  d->plot->yAxis->setRange(-0.015, 1.015);
  for (QCPAxis* axis : {d->plot->xAxis, d->plot->yAxis}) {
    QSharedPointer<QCPAxisTickerFixed> ticker(new QCPAxisTickerFixed);
    ticker->setTickStep(0.5);
    axis->setTicker(ticker);
  }
  d->applyTheme(Theme::of(this));
}

RocPlot::~RocPlot() = default;

QSize RocPlot::sizeHint() const {
  return {220, 200};
}
QSize RocPlot::minimumSizeHint() const {
  return {150, 120};
}

void RocPlot::setEmptyText(const QString& text) {
  d->empty->setText(text);
}

void RocPlot::setCurve(std::shared_ptr<const Roc> curve) {
  d->curve = std::move(curve);
  QVector<double> x;
  QVector<double> y;
  for (std::size_t i = 0; i < d->count(); ++i) {
    x.append(d->rates(i).x());
    y.append(d->rates(i).y());
  }
  d->line->setData(x, y);
  d->corner = d->count() > 0 ? std::min(d->corner, d->count() - 1) : 0;
  d->overlay->words = d->count() > 0 ? tr("AUC %1").arg(d->curve->area, 0, 'f', 4) : QString();
  d->overlay->bowsDown = d->count() > 0 && d->curve->area < 0.5;
  d->overlay->handle = d->count() > 0 ? std::optional(d->rates(d->corner)) : std::nullopt;
  d->empty->setVisible(d->count() == 0);
  setAccessibleDescription(d->overlay->words);
  d->plot->replot(QCustomPlot::rpQueuedReplot);
}

void RocPlot::setCorner(std::size_t corner) {
  if (d->count() == 0) return;
  d->corner = std::min(corner, d->count() - 1);
  d->showHandle();
}

std::size_t RocPlot::corner() const {
  return d->corner;
}

QPointF RocPlot::positionOf(std::size_t corner) const {
  return d->overlay->pixel(d->rates(corner)) + QPointF(d->plot->pos());
}

void RocPlot::moveTo(std::size_t corner) {
  if (corner == d->corner) return;
  setCorner(corner);
  emit cornerMoved(static_cast<int>(d->corner));
}

void RocPlot::focusInEvent(QFocusEvent* event) {
  d->overlay->focused = true;
  d->showHandle();
  QWidget::focusInEvent(event);
}

void RocPlot::focusOutEvent(QFocusEvent* event) {
  d->overlay->focused = false;
  d->showHandle();
  QWidget::focusOutEvent(event);
}

void RocPlot::keyPressEvent(QKeyEvent* event) {
  const auto last = static_cast<qint64>(d->count()) - 1;
  if (last < 0) {
    QWidget::keyPressEvent(event);
    return;
  }
  const auto page = std::max<qint64>(1, static_cast<qint64>(kRocPage * static_cast<double>(last)));
  auto at = static_cast<qint64>(d->corner);
  switch (event->key()) {
    case Qt::Key_Right:
    case Qt::Key_Up:
      at += 1;
      break;
    case Qt::Key_Left:
    case Qt::Key_Down:
      at -= 1;
      break;
    case Qt::Key_PageUp:
      at += page;
      break;
    case Qt::Key_PageDown:
      at -= page;
      break;
    case Qt::Key_Home:
      at = 0;
      break;
    case Qt::Key_End:
      at = last;
      break;
    default:
      QWidget::keyPressEvent(event);
      return;
  }
  moveTo(static_cast<std::size_t>(std::clamp<qint64>(at, 0, last)));
}

bool RocPlot::eventFilter(QObject* watched, QEvent* event) {
  if (watched != d->plot || d->count() == 0) return QWidget::eventFilter(watched, event);
  const auto type = event->type();
  if (type == QEvent::MouseButtonPress || type == QEvent::MouseMove ||
      type == QEvent::MouseButtonRelease) {
    const auto* mouse = static_cast<QMouseEvent*>(event);
    if (type == QEvent::MouseButtonPress && mouse->button() == Qt::LeftButton) {
      setFocus(Qt::MouseFocusReason);
      d->dragging = true;
    }
    if (d->dragging) moveTo(d->nearest(mouse->position()));
    if (type == QEvent::MouseButtonRelease) d->dragging = false;
    return d->dragging;
  }
  return QWidget::eventFilter(watched, event);
}

void RocPlot::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
    d->applyTheme(Theme::of(this));
  }
  QWidget::changeEvent(event);
}

}  // namespace latent::ui
