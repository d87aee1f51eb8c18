#pragma once

#include <QWidget>
#include <map>
#include <string>
#include <vector>

#include "latent/model_info.h"

class QVBoxLayout;

namespace latent::ui {

class HyperparameterRow;

/// The knobs of a system as controls, built from what the registry says of them. Hot ones act at
/// once; cold ones are marked "takes effect at restart" when they differ from what runs. One that
/// has no effect with what another is set to is not shown.
class HyperparameterForm : public QWidget {
  Q_OBJECT

 public:
  explicit HyperparameterForm(QWidget* parent = nullptr);

  /// Builds the rows, each at its initial value; emits nothing.
  void setHyperparameters(const std::vector<latent::Hyperparameter>& hyperparameters);
  /// Sets the controls; emits nothing. Unknown ids are ignored, absent ones keep their value.
  void setValues(const std::map<std::string, double>& values);
  void setValue(const std::string& id, double value);
  std::map<std::string, double> values() const;
  double value(const std::string& id) const;

  /// What a run was started with: cold knobs that differ from it are marked. Without a run nothing
  /// is marked.
  void setRunningValues(const std::map<std::string, double>& values);
  void clearRunningValues();
  /// Ids of cold knobs that wait for a restart.
  std::vector<std::string> pending() const;

 signals:
  void knobChanged(const QString& id, double value);   ///< a hot one, at once
  void valueChanged(const QString& id, double value);  ///< any, by the person
  void pendingChanged(bool any);

 private:
  void rowChanged(HyperparameterRow* row);
  void updateMarks();
  void updateShown();

  QVBoxLayout* m_layout = nullptr;
  std::vector<HyperparameterRow*> m_rows;
  std::map<std::string, double> m_running;
  bool m_hasRun = false;
  bool m_anyPending = false;
};

}  // namespace latent::ui
