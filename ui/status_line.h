#pragma once

#include <QStatusBar>

#include "latent/session.h"

class QLabel;
class QProgressBar;
class QToolButton;

namespace latent::ui {

class SteadyLabel;

/// What is going on, in one line: state, data, speed, threads, and how well the map parts the
/// classes.
class StatusLine : public QStatusBar {
  Q_OBJECT

 public:
  explicit StatusLine(QWidget* parent = nullptr);

  void setActivity(const QString& sentence);
  void setData(const QString& text);
  void setProgress(const Progress& progress);
  void setAccuracy(double accuracy);  ///< 0 … 1; negative: not known
  void setPreparing(bool preparing);
  void setPreparation(qint64 done, qint64 total, const QString& what);

 signals:
  void cancelRequested();

 private:
  QLabel* m_activity = nullptr;
  QLabel* m_data = nullptr;
  SteadyLabel* m_speed = nullptr;
  SteadyLabel* m_threads = nullptr;
  SteadyLabel* m_accuracy = nullptr;
  QProgressBar* m_progress = nullptr;
  QToolButton* m_cancel = nullptr;
};

}  // namespace latent::ui
