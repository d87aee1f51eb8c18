#include "ui/plots/curve_plot.h"

#include <qcustomplot.h>

#include <QEvent>
#include <QSharedPointer>
#include <QVBoxLayout>
#include <utility>

#include "ui/plots/plot_style.h"
#include "ui/theme.h"
#include "ui/widgets/save_menu.h"

namespace latent::ui {
namespace {

constexpr int kCurveHeight = 190;

}  // namespace

CurvePlot::CurvePlot(QWidget* parent) : QWidget(parent), m_plot(new QCustomPlot) {
  new SaveMenu(this, tr("Curve"), [this] {
    SaveMenu::Rows rows{{tr("line"), m_xTitle, m_yTitle}};
    for (const Line& line : m_lines) {
      for (qsizetype i = 0; i < line.x.size(); ++i) {
        rows << QStringList{line.title, QString::number(line.x[i], 'g', 9),
                            QString::number(line.y[i], 'g', 9)};
      }
    }
    return rows;
  });
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(m_plot);
  m_plot->setFixedHeight(kCurveHeight);
  m_plot->setNoAntialiasingOnDrag(false);
  // The wheel belongs to the panel that scrolls.
  m_plot->setAttribute(Qt::WA_TransparentForMouseEvents);
  auto* title = new QCPTextElement(m_plot);
  m_plot->plotLayout()->insertRow(0);
  m_plot->plotLayout()->addElement(0, 0, title);
  m_plot->plotLayout()->setRowSpacing(0);
  m_plot->axisRect()->insetLayout()->setInsetAlignment(0, Qt::AlignTop | Qt::AlignRight);
}

void CurvePlot::setCurve(const QString& title, const QString& xTitle, const QString& yTitle,
                         bool logarithmicX, QVector<Line> lines) {
  m_title = title;
  m_xTitle = xTitle;
  m_yTitle = yTitle;
  m_logarithmicX = logarithmicX;
  m_lines = std::move(lines);
  setAccessibleName(title);
  setAccessibleDescription(tr("%1 over %2").arg(yTitle, xTitle));
  draw();
}

void CurvePlot::draw() {
  const Theme& theme = Theme::of(this);
  stylePlot(m_plot, theme);
  auto* title = qobject_cast<QCPTextElement*>(m_plot->plotLayout()->element(0, 0));
  title->setText(m_title);
  title->setFont(Theme::captionFont());
  title->setTextColor(theme.text);
  m_plot->xAxis->setLabelFont(Theme::captionFont());
  m_plot->yAxis->setLabelFont(Theme::captionFont());
  m_plot->xAxis->setLabel(m_xTitle);
  m_plot->yAxis->setLabel(m_yTitle);
  m_plot->xAxis->setScaleType(m_logarithmicX ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  if (m_logarithmicX) {
    m_plot->xAxis->setTicker(QSharedPointer<QCPAxisTickerLog>::create());
  } else {
    m_plot->xAxis->setTicker(QSharedPointer<QCPAxisTicker>::create());
  }
  m_plot->clearGraphs();
  int color = 0;
  for (const Line& line : m_lines) {
    QCPGraph* graph = m_plot->addGraph();
    graph->setName(line.title);
    graph->setData(line.x, line.y);
    const QColor shade = theme.termColor(color++);
    graph->setPen(QPen(shade, 1.6));
    graph->setAntialiased(true);
    graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, shade, 4));
  }
  m_plot->legend->setVisible(m_lines.size() > 1);
  m_plot->legend->setFont(Theme::captionFont());
  m_plot->legend->setTextColor(theme.text);
  m_plot->legend->setBorderPen(Qt::NoPen);
  QColor behind = theme.canvas;
  behind.setAlphaF(0.8F);
  m_plot->legend->setBrush(behind);
  m_plot->legend->setRowSpacing(-4);
  m_plot->rescaleAxes();
  m_plot->yAxis->scaleRange(1.12);
  if (!m_logarithmicX) m_plot->xAxis->scaleRange(1.06);
  m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void CurvePlot::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::ApplicationPaletteChange || event->type() == QEvent::PaletteChange) {
    draw();
  }
}

}  // namespace latent::ui
