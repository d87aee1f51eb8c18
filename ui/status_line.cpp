#include "ui/status_line.h"

#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QToolButton>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/named.h"
#include "ui/widgets/steady_label.h"

namespace latent::ui {

StatusLine::StatusLine(QWidget* parent) : QStatusBar(parent) {
  setObjectName(QStringLiteral("statusLine"));
  setSizeGripEnabled(false);
  m_activity = named(new QLabel, "activity", tr("What is going on"));
  m_data =
      named(new QLabel, "statusData", tr("Data set"), tr("Training, validation and test pictures"));
  m_speed =
      named(new SteadyLabel, "statusSpeed", tr("Speed"), tr("Pictures trained on per second"));
  m_threads = named(new SteadyLabel, "statusThreads", tr("Threads"),
                    tr("Threads that train now; the window needs its share of the cores too"));
  m_accuracy =
      named(new SteadyLabel, "statusAccuracy", tr("Accuracy of the map"),
            tr("k-nearest-neighbour accuracy (k = 15): how often the class of a point is "
               "that of most points around it on the map. Higher: the classes lie apart."));
  m_progress = named(new QProgressBar, "preparation", tr("Progress"));
  m_progress->setFixedWidth(140);
  m_progress->setTextVisible(false);
  m_cancel = named(new QToolButton, "cancelPreparation", tr("Cancel"), tr("Cancel"));
  m_cancel->setIcon(themedIcon(QStringLiteral("close")));
  for (SteadyLabel* label : {m_speed, m_threads, m_accuracy}) label->setFont(Theme::numberFont());
  addWidget(m_activity, 1);
  addPermanentWidget(m_progress);
  addPermanentWidget(m_cancel);
  for (QLabel* label : {static_cast<QLabel*>(m_accuracy), static_cast<QLabel*>(m_speed),
                        static_cast<QLabel*>(m_threads), m_data}) {
    addPermanentWidget(label);
    label->hide();
  }
  m_progress->hide();
  m_cancel->hide();
  connect(m_cancel, &QToolButton::clicked, this, &StatusLine::cancelRequested);
}

void StatusLine::setActivity(const QString& sentence) {
  m_activity->setText(sentence);
}

void StatusLine::setData(const QString& text) {
  m_data->setText(text);
  m_data->setVisible(!text.isEmpty());
}

void StatusLine::setProgress(const Progress& progress) {
  const bool running = progress.state == SessionState::Running;
  m_speed->setVisible(running && progress.samples_per_second > 0.0);
  // Three figures: more would flicker and say nothing.
  const double rate = progress.samples_per_second;
  const double step = rate > 0.0 ? std::pow(10.0, std::floor(std::log10(rate)) - 2.0) : 1.0;
  m_speed->setText(
      tr("%1 samples/s")
          .arg(QLocale().toString(static_cast<qint64>(std::round(rate / step) * step))));
  m_threads->setVisible(running && progress.threads > 0);
  m_threads->setText(progress.threads == 1 ? tr("1 thread")
                                           : tr("%1 threads").arg(progress.threads));
}

void StatusLine::setAccuracy(double accuracy) {
  m_accuracy->setVisible(accuracy >= 0.0);
  m_accuracy->setText(tr("map kNN %1 %").arg(100.0 * accuracy, 0, 'f', 1));
}

void StatusLine::setPreparing(bool preparing) {
  m_progress->setRange(0, 0);
  m_progress->setVisible(preparing);
  m_cancel->setVisible(preparing);
}

void StatusLine::setPreparation(qint64 done, qint64 total, const QString& what) {
  m_progress->setRange(0, total > 0 ? 1000 : 0);
  if (total > 0) m_progress->setValue(static_cast<int>(1000 * done / total));
  m_progress->setToolTip(what);
  setActivity(what);
}

}  // namespace latent::ui
