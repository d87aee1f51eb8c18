#pragma once

#include <QRect>
#include <QString>
#include <QWidget>
#include <vector>

#include "latent/aggregate_posterior.h"

namespace latent::ui {

/// A small histogram for each dimension of the codes, with the prior's density as a line over it,
/// and a sentence where the two do not match. Of many dimensions those that match least.
class CodeHistograms : public QWidget {
  Q_OBJECT

 public:
  static constexpr int kMostCells = 24;

  explicit CodeHistograms(QWidget* parent = nullptr);

  /// `ofAll`: how many pictures there are, of which match.images have a part in it.
  void setMatch(const AggregatePosterior& match, qint64 ofAll);
  /// Nothing to show, and why.
  void setReason(const QString& reason);
  const AggregatePosterior& match() const { return m_match; }
  const QString& reason() const { return m_reason; }
  /// The dimensions that are shown, rising.
  const std::vector<int>& shown() const { return m_shown; }
  /// Of the i-th that is shown.
  QRect cellRect(int i) const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  bool event(QEvent* event) override;

 private:
  int columns() const;
  int headHeight() const;
  QSize cellSize() const;
  QString headline() const;
  void fitHeight();
  void paintCell(QPainter& painter, const QRect& cell, int dimension) const;

  AggregatePosterior m_match;
  qint64 m_ofAll = 0;
  QString m_reason;
  std::vector<int> m_shown;
};

}  // namespace latent::ui
