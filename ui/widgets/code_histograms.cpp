#include "ui/widgets/code_histograms.h"

#include <QHelpEvent>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>
#include <algorithm>
#include <numeric>

#include "ui/theme.h"
#include "ui/widgets/save_menu.h"

namespace latent::ui {
namespace {

constexpr int kHistogramWidth = 112;  // of a cell, at least
constexpr int kHistogramHeight = 42;  // of its bars
constexpr int kHistogramGap = 10;

QString shortNumber(double value) {
  return QString::number(value, 'f', std::abs(value) < 9.95 ? 2 : 1)
      .replace(QLatin1Char('-'), QChar(0x2212));
}

}  // namespace

CodeHistograms::CodeHistograms(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("codeHistograms"));
  setAccessibleName(tr("Codes against the prior"));
  new SaveMenu(this, tr("Codes against the prior"));
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::MinimumExpanding);
}

void CodeHistograms::setMatch(const AggregatePosterior& match, qint64 ofAll) {
  m_match = match;
  m_ofAll = ofAll;
  m_reason.clear();
  const auto& dimensions = m_match.dimensions;
  m_shown.resize(dimensions.size());
  std::iota(m_shown.begin(), m_shown.end(), 0);
  if (m_shown.size() > static_cast<std::size_t>(kMostCells)) {
    std::stable_sort(m_shown.begin(), m_shown.end(), [&](int a, int b) {
      return dimensions[static_cast<std::size_t>(a)].relative() >
             dimensions[static_cast<std::size_t>(b)].relative();
    });
    m_shown.resize(kMostCells);
    std::sort(m_shown.begin(), m_shown.end());
  }
  setAccessibleDescription(QString::fromStdString(m_match.verdict));
  fitHeight();
  update();
}

void CodeHistograms::setReason(const QString& reason) {
  m_match = {};
  m_shown.clear();
  m_reason = reason;
  setAccessibleDescription(reason);
  fitHeight();
  update();
}

QString CodeHistograms::headline() const {
  if (m_shown.empty()) return m_reason;
  const QLocale locale;
  QString text =
      tr("Bars: codes of %1 of %2 test pictures; line: %3.")
          .arg(locale.toString(static_cast<qlonglong>(m_match.images)), locale.toString(m_ofAll),
               m_match.own_prior ? tr("the prior") : tr("N(0, 1)"));
  if (m_shown.size() < m_match.dimensions.size()) {
    text += tr(" The %1 of %2 dimensions that match least.")
                .arg(m_shown.size())
                .arg(m_match.dimensions.size());
  }
  return text;
}

int CodeHistograms::columns() const {
  return std::max(1, (width() + kHistogramGap) / (kHistogramWidth + kHistogramGap));
}

QSize CodeHistograms::cellSize() const {
  const int across = std::min(columns(), std::max(1, static_cast<int>(m_shown.size())));
  const int room = (width() - (across - 1) * kHistogramGap) / across;
  return {std::clamp(room, 40, 2 * kHistogramWidth),
          kHistogramHeight + 2 * QFontMetrics(Theme::captionFont()).height() + 2};
}

int CodeHistograms::headHeight() const {
  const QFontMetrics caption(Theme::captionFont());
  const auto lines = [&](const QString& text) {
    return text.isEmpty()
               ? 0
               : caption.boundingRect(QRect(0, 0, width(), 400), Qt::TextWordWrap, text).height() +
                     Theme::kTight;
  };
  return QFontMetrics(Theme::titleFont()).height() + 2 + lines(headline()) +
         lines(QString::fromStdString(m_match.verdict));
}

QRect CodeHistograms::cellRect(int i) const {
  const QSize cell = cellSize();
  const int across = columns();
  return {QPoint((i % across) * (cell.width() + kHistogramGap),
                 headHeight() + (i / across) * (cell.height() + kHistogramGap)),
          cell};
}

void CodeHistograms::fitHeight() {
  const int count = static_cast<int>(m_shown.size());
  setMinimumHeight(count == 0 ? headHeight() : cellRect(count - 1).bottom() + 2);
}

QSize CodeHistograms::sizeHint() const {
  return {3 * (kHistogramWidth + kHistogramGap), minimumHeight()};
}
QSize CodeHistograms::minimumSizeHint() const {
  return {kHistogramWidth, minimumHeight()};
}

void CodeHistograms::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  fitHeight();
}

void CodeHistograms::paintCell(QPainter& painter, const QRect& cell, int dimension) const {
  const Theme& theme = Theme::of(this);
  const DimensionMatch& match = m_match.dimensions[static_cast<std::size_t>(dimension)];
  const CodeHistogram& bars = match.histogram;
  const QRectF plot(cell.left(), cell.top(), cell.width(), kHistogramHeight);
  painter.setPen(QPen(theme.line, 1));
  painter.drawLine(plot.bottomLeft() + QPointF(0, 0.5), plot.bottomRight() + QPointF(0, 0.5));
  const float most = std::max(*std::max_element(bars.codes.begin(), bars.codes.end()),
                              *std::max_element(bars.prior.begin(), bars.prior.end()));
  const double slot = plot.width() / static_cast<double>(bars.codes.size());
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme.accent);
  QPainterPath line;
  for (std::size_t bin = 0; bin < bars.codes.size(); ++bin) {
    const double x = plot.left() + static_cast<double>(bin) * slot;
    const double high = plot.height() * double(bars.codes[bin]) / double(most);
    painter.drawRect(QRectF(x, plot.bottom() - high, slot, high));
    const QPointF at(x + slot / 2,
                     plot.bottom() - plot.height() * double(bars.prior[bin]) / double(most));
    bin == 0 ? line.moveTo(at) : line.lineTo(at);
  }
  painter.setBrush(Qt::NoBrush);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(theme.canvas, 3.5));  // a rim, so that the line is seen over the bars
  painter.drawPath(line);
  painter.setPen(QPen(theme.text, 1.5));
  painter.drawPath(line);
  painter.setRenderHint(QPainter::Antialiasing, false);

  const QFontMetrics metrics(painter.font());
  const QRect first(cell.left(), cell.top() + kHistogramHeight + 2, cell.width(), metrics.height());
  const QString name = QStringLiteral("z%1").arg(dimension + 1);
  painter.setPen(theme.text);
  painter.drawText(first, Qt::AlignLeft | Qt::AlignVCenter, name);
  const bool off = match.relative() > DimensionMatch::kMismatch;
  painter.setPen(off ? theme.warning : theme.secondaryText);
  painter.drawText(first, Qt::AlignRight | Qt::AlignVCenter,
                   tr("W₁ %1").arg(shortNumber(match.distance)));
  painter.setPen(theme.secondaryText);
  painter.drawText(first.translated(0, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                   tr("%1 ± %2").arg(shortNumber(match.mean), shortNumber(match.deviation)));
}

void CodeHistograms::paintEvent(QPaintEvent*) {
  const Theme& theme = Theme::of(this);
  QPainter painter(this);
  const QFontMetrics title(Theme::titleFont());
  painter.setFont(Theme::titleFont());
  painter.setPen(theme.text);
  painter.drawText(QRect(0, 0, width(), title.height()), Qt::AlignLeft | Qt::AlignVCenter,
                   title.elidedText(tr("Codes against the prior"), Qt::ElideRight, width()));
  painter.setFont(Theme::captionFont());
  QRect rest(0, title.height() + 2, width(), height());
  QRect used;
  painter.setPen(theme.secondaryText);
  painter.drawText(rest, Qt::TextWordWrap, headline(), &used);
  if (!m_match.verdict.empty()) {
    rest.setTop(used.bottom() + 1 + Theme::kTight);
    painter.setPen(theme.warning);
    painter.drawText(rest, Qt::TextWordWrap, QString::fromStdString(m_match.verdict));
  }
  for (std::size_t i = 0; i < m_shown.size(); ++i) {
    paintCell(painter, cellRect(static_cast<int>(i)), m_shown[i]);
  }
}

bool CodeHistograms::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    QString text =
        tr("Where the codes of all test pictures lie together, one drawn from the posterior of "
           "each, and where the prior expects them. Where the two differ, pictures drawn from the "
           "prior are of codes that the decoder never learned.<br>W₁, the Wasserstein distance: "
           "how far a code has to be moved on average.");
    for (std::size_t i = 0; i < m_shown.size(); ++i) {
      if (!cellRect(static_cast<int>(i)).contains(help->pos())) continue;
      const DimensionMatch& match = m_match.dimensions[static_cast<std::size_t>(m_shown[i])];
      text =
          tr("<b>z%1</b><br>codes: mean %2, standard deviation %3, 99 % within ±%4<br>prior: "
             "mean %5, standard deviation %6, 99 % within ±%7<br>Wasserstein distance %8")
              .arg(m_shown[i] + 1)
              .arg(shortNumber(match.mean), shortNumber(match.deviation), shortNumber(match.reach),
                   shortNumber(match.prior_mean), shortNumber(match.prior_deviation),
                   shortNumber(match.prior_reach), QString::number(match.distance, 'f', 3));
    }
    QToolTip::showText(help->globalPos(), text, this);
    return true;
  }
  return QWidget::event(event);
}

}  // namespace latent::ui
