#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

namespace latent::ui {

/// How many of each class (row) were taken for each (column). A cell can be chosen, by a click or
/// by the arrow keys.
class ConfusionMatrix : public QWidget {
  Q_OBJECT

 public:
  explicit ConfusionMatrix(QWidget* parent = nullptr);

  /// `counts` [classes, classes], at truth · classes + taken for; `names` one for each class.
  void setCounts(std::vector<qint64> counts, const QStringList& names);
  qint64 count(int truth, int taken) const;
  int classes() const { return static_cast<int>(m_names.size()); }
  /// -1: none.
  void setChosen(int truth, int taken);
  int chosenTruth() const { return m_truth; }
  int chosenTaken() const { return m_taken; }
  QRect cellRect(int truth, int taken) const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  /// By the person.
  void cellChosen(int truth, int taken);

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  /// The cell at `position` as truth · classes + taken for; -1 where there is none.
  int cellAt(const QPoint& position) const;
  int side() const;
  QPoint origin() const;
  QString sentence(int truth, int taken) const;

  std::vector<qint64> m_counts;
  QStringList m_names;
  int m_truth = -1;
  int m_taken = -1;
};

}  // namespace latent::ui
