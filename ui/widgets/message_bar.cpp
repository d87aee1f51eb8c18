#include "ui/widgets/message_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

#include "ui/theme.h"

namespace latent::ui {
namespace {

QColor colorOf(const Theme& theme, MessageBar::Kind kind) {
  switch (kind) {
    case MessageBar::Kind::Warning:
      return theme.warning;
    case MessageBar::Kind::Error:
      return theme.error;
    case MessageBar::Kind::Info:
      break;
  }
  return theme.accent;
}

}  // namespace

MessageBar::MessageBar(QWidget* parent) : QFrame(parent) {
  setObjectName(QStringLiteral("messageBar"));
  setAccessibleName(tr("Message"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(Theme::kMedium + 4, 6, Theme::kSmall, 6);
  row->setSpacing(Theme::kSmall);
  m_icon = new QLabel(this);
  m_label = new QLabel(this);
  m_label->setObjectName(QStringLiteral("messageSentence"));
  m_label->setWordWrap(true);
  m_label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_action = new QPushButton(this);
  m_action->setObjectName(QStringLiteral("messageAction"));
  m_action->setAccessibleName(tr("Answer to the message"));
  m_close = new QToolButton(this);
  m_close->setObjectName(QStringLiteral("messageClose"));
  m_close->setAccessibleName(tr("Close this message"));
  m_close->setToolTip(tr("Close this message"));
  m_close->setIcon(themedIcon(QStringLiteral("close")));
  row->addWidget(m_icon, 0, Qt::AlignTop);
  row->addWidget(m_label, 1);
  row->addWidget(m_action);
  row->addWidget(m_close, 0, Qt::AlignTop);
  connect(m_action, &QPushButton::clicked, this, &MessageBar::actionTriggered);
  connect(m_close, &QToolButton::clicked, this, &MessageBar::dismiss);
  hide();
}

void MessageBar::showMessage(Kind kind, const QString& sentence, const QString& action,
                             const QString& detail) {
  m_kind = kind;
  const QString icon = kind == Kind::Error     ? QStringLiteral("error")
                       : kind == Kind::Warning ? QStringLiteral("warning")
                                               : QStringLiteral("info");
  m_icon->setPixmap(themedIcon(icon).pixmap(QSize(Theme::kIconSize, Theme::kIconSize)));
  m_label->setText(sentence);
  m_label->setToolTip(detail);
  setAccessibleDescription(sentence);
  m_action->setText(action);
  if (!action.isEmpty()) m_action->setAccessibleName(action);
  m_action->setVisible(!action.isEmpty());
  show();
  update();
}

QString MessageBar::sentence() const {
  return m_label->text();
}

void MessageBar::dismiss() {
  hide();
  emit dismissed();
}

void MessageBar::paintEvent(QPaintEvent*) {
  const Theme& theme = Theme::of(this);
  const QColor color = colorOf(theme, m_kind);
  QColor wash = color;
  wash.setAlphaF(theme.scheme == Theme::Scheme::Dark ? 0.16F : 0.09F);
  QPainter painter(this);
  painter.fillRect(rect(), theme.panel);
  painter.fillRect(rect(), wash);
  painter.fillRect(QRect(0, 0, 4, height()), color);
  painter.fillRect(QRect(0, height() - 1, width(), 1), theme.line);
}

}  // namespace latent::ui
