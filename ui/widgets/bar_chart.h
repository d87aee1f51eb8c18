#pragma once

#include <QString>
#include <QWidget>
#include <vector>

namespace latent::ui {

class SaveMenu;

/// One bar per value, such as the KL of each latent dimension, and a sentence that judges them.
class BarChart : public QWidget {
  Q_OBJECT

 public:
  explicit BarChart(QWidget* parent = nullptr);

  void setTitle(const QString& title);
  void setHelp(const QString& help);  ///< plain words; the tooltip of the title
  void setUnit(const QString& unit);
  void setValues(std::vector<float> values);
  const std::vector<float>& values() const { return m_values; }
  /// One sentence when something is wrong; empty when all is well.
  void setVerdict(const QString& verdict);
  void setSelected(int index);  ///< -1 = none

  int barAt(const QPoint& position) const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  void barClicked(int index);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  bool event(QEvent* event) override;

 private:
  QRectF plotRect() const;
  double upperBound() const;

  SaveMenu* m_save = nullptr;
  QString m_title;
  QString m_help;
  QString m_unit;
  QString m_verdict;
  std::vector<float> m_values;
  int m_selected = -1;
};

}  // namespace latent::ui
