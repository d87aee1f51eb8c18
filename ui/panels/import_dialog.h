#pragma once

#include <QDialog>

#include "ui/backend.h"
#include "ui/background_task.h"

class QCheckBox;
class QComboBox;
class QDialogButtonBox;
class QLabel;
class QSpinBox;

namespace latent::ui {

class ImageGrid;

/// How a folder of pictures becomes a data set: size, colour, crop and light, with some of the
/// pictures as the network would see them.
class ImportDialog : public QDialog {
  Q_OBJECT

 public:
  ImportDialog(const Backend& backend, const QString& folder, QWidget* parent = nullptr);

  /// As chosen now.
  ImageImport imageImport() const;

 signals:
  /// Accepted: the data set's specification.
  void chosen(const QString& specification);

 private:
  void refresh();
  void present(const ImagePreview& preview);

  Backend m_backend;
  QString m_folder;
  QSpinBox* m_height = nullptr;
  QSpinBox* m_width = nullptr;
  QComboBox* m_shape = nullptr;
  QCheckBox* m_colour = nullptr;
  QCheckBox* m_invert = nullptr;
  ImageGrid* m_pictures = nullptr;
  QLabel* m_summary = nullptr;
  QLabel* m_warnings = nullptr;
  QDialogButtonBox* m_buttons = nullptr;
  BackgroundTask m_task;  // last: it delivers to what is above
};

}  // namespace latent::ui
