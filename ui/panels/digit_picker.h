#pragma once

#include <QDialog>
#include <memory>
#include <vector>

#include "latent/dataset.h"

class QComboBox;
class QSpinBox;

namespace latent::ui {

class ImageGrid;

/// Chooses one picture of the test part: by looking, by class, or by its number.
class DigitPicker : public QDialog {
  Q_OBJECT

 public:
  DigitPicker(std::shared_ptr<const Dataset> test, const QString& title, QWidget* parent = nullptr);

 signals:
  void picked(qint64 index);

 private:
  void fill();

  std::shared_ptr<const Dataset> m_test;
  ImageGrid* m_grid = nullptr;
  QComboBox* m_class = nullptr;
  QSpinBox* m_number = nullptr;
  std::vector<qint64> m_shown;
  qint64 m_from = 0;
};

}  // namespace latent::ui
