#pragma once

#include <QString>
#include <QVector>
#include <QWidget>

class QCustomPlot;

namespace latent::ui {

/// A small plot of a few lines over one quantity, with their names; it does not move.
class CurvePlot : public QWidget {
  Q_OBJECT

 public:
  struct Line {
    QString title;
    QVector<double> x;
    QVector<double> y;
  };

  explicit CurvePlot(QWidget* parent = nullptr);

  void setCurve(const QString& title, const QString& xTitle, const QString& yTitle,
                bool logarithmicX, QVector<Line> lines);
  const QVector<Line>& lines() const { return m_lines; }

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void draw();

  QCustomPlot* m_plot;
  QVector<Line> m_lines;
  QString m_title;
  QString m_xTitle;
  QString m_yTitle;
  bool m_logarithmicX = false;
};

}  // namespace latent::ui
