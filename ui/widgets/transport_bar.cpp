#include "ui/widgets/transport_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/steady_label.h"

namespace latent::ui {

TransportBar::TransportBar(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("transportBar"));
  setAccessibleName(tr("Training"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  auto* row = new QHBoxLayout;
  row->setSpacing(4);
  const auto add = [&](const char* name, const char* icon, const QString& accessible,
                       const QString& help, auto signal) {
    auto* button = new QToolButton(this);
    button->setObjectName(QLatin1String(name));
    button->setIcon(themedIcon(QLatin1String(icon)));
    button->setIconSize(QSize(18, 18));
    button->setProperty("framed", true);
    button->setAccessibleName(accessible);
    button->setToolTip(help);
    connect(button, &QToolButton::clicked, this, signal);
    row->addWidget(button);
    return button;
  };
  m_play = add("playButton", "play", tr("Play"), tr("Train (Space)"), [this] {
    if (m_state == State::Running) {
      emit pauseRequested();
    } else {
      emit playRequested();
    }
  });
  m_play->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  m_play->setText(tr("Train"));
  m_stepBatch = add("stepBatchButton", "step-batch", tr("One batch"),
                    tr("Train on one batch, then pause"), &TransportBar::stepBatchRequested);
  m_stepEpoch =
      add("stepEpochButton", "step-epoch", tr("One epoch"),
          tr("Train to the end of this epoch, then pause"), &TransportBar::stepEpochRequested);
  m_stop = add("stopButton", "stop", tr("Stop"), tr("End this run and save it"),
               &TransportBar::stopRequested);
  row->addSpacing(Theme::kSmall);
  m_reset = add("resetButton", "reset", tr("Reset to the same seed"),
                tr("Back to the first batch, with the same initial weights"),
                &TransportBar::resetRequested);
  m_newSeed = add("newSeedButton", "new-seed", tr("Reset to a new seed"),
                  tr("Back to the first batch, with other initial weights"),
                  &TransportBar::newSeedRequested);
  row->addStretch(1);
  column->addLayout(row);

  m_progress = new QProgressBar(this);
  m_progress->setObjectName(QStringLiteral("trainingProgress"));
  m_progress->setAccessibleName(tr("Progress of training"));
  m_progress->setTextVisible(false);
  m_progress->setRange(0, 1000);
  column->addWidget(m_progress);

  auto* facts = new QHBoxLayout;
  m_epoch = new SteadyLabel(this);
  m_epoch->setObjectName(QStringLiteral("trainingEpoch"));
  m_speed = new SteadyLabel(this);
  m_speed->setObjectName(QStringLiteral("trainingSpeed"));
  m_speed->setProperty("role", "caption");
  m_speed->setAlignment(Qt::AlignRight);
  facts->addWidget(m_epoch);
  facts->addStretch(1);
  facts->addWidget(m_speed);
  column->addLayout(facts);
  m_phase = new QLabel(this);
  m_phase->setObjectName(QStringLiteral("trainingPhase"));
  m_phase->setProperty("role", "caption");
  m_phase->setWordWrap(true);
  m_phase->hide();
  column->addWidget(m_phase);
  setState(State::NoRun);
  setProgress(0.0, 0, 0.0, 0.0);
}

void TransportBar::setState(State state) {
  m_state = state;
  const bool running = state == State::Running;
  m_play->setIcon(themedIcon(running ? QStringLiteral("pause") : QStringLiteral("play")));
  m_play->setText(running ? tr("Pause") : tr("Train"));
  m_play->setAccessibleName(running ? tr("Pause") : tr("Play"));
  m_play->setToolTip(running ? tr("Pause at the next batch (Space)") : tr("Train (Space)"));
  const bool hasRun = state != State::NoRun;
  m_stepBatch->setEnabled(!running && state != State::Failed);
  m_stepEpoch->setEnabled(!running && state != State::Failed);
  m_play->setEnabled(state != State::Failed);
  m_stop->setEnabled(hasRun && state != State::Finished && state != State::Failed);
  m_reset->setEnabled(hasRun);
  m_newSeed->setEnabled(hasRun);
}

void TransportBar::setProgress(double epoch, int epochs, double samplesPerSecond,
                               double secondsLeft, const QString& phase) {
  m_progress->setValue(
      epochs > 0 ? static_cast<int>(std::lround(std::clamp(epoch / epochs, 0.0, 1.0) * 1000)) : 0);
  QString text =
      epochs > 0 ? tr("epoch %1 of %2").arg(epoch, 0, 'f', 1).arg(epochs) : tr("not trained yet");
  m_epoch->setText(text);
  if (m_phase->text() != phase) m_phase->setText(phase);
  m_phase->setVisible(!phase.isEmpty());
  // The speed stands in the status line; here is what a person waits for.
  m_speed->setToolTip(
      samplesPerSecond > 0.0 ? tr("%1 samples/s").arg(std::llround(samplesPerSecond)) : QString());
  m_speed->setText(secondsLeft > 0.0 ? tr("%1 left").arg(durationText(secondsLeft)) : QString());
}

void TransportBar::setSeed(quint64 seed) {
  m_reset->setToolTip(
      tr("Back to the first batch, with the same initial weights (seed %1)").arg(seed));
}

QString TransportBar::durationText(double seconds) {
  const auto total = static_cast<qint64>(std::llround(std::max(0.0, seconds)));
  if (total < 60) return tr("%1 s").arg(total);
  if (total < 3600) return tr("%1 min %2 s").arg(total / 60).arg(total % 60);
  return tr("%1 h %2 min").arg(total / 3600).arg(total % 3600 / 60);
}

}  // namespace latent::ui
