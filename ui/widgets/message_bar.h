#pragma once

#include <QFrame>

class QLabel;
class QPushButton;
class QToolButton;

namespace latent::ui {

/// One sentence at the top of the window: what went wrong or what can be done, with an action where
/// there is one. Hidden while there is nothing to say.
class MessageBar : public QFrame {
  Q_OBJECT

 public:
  enum class Kind { Info, Warning, Error };
  Q_ENUM(Kind)

  explicit MessageBar(QWidget* parent = nullptr);

  /// `action` is the text of the button; empty: none. `detail` is the sentence's tooltip.
  void showMessage(Kind kind, const QString& sentence, const QString& action = {},
                   const QString& detail = {});
  QString sentence() const;
  Kind kind() const { return m_kind; }

 public slots:
  void dismiss();

 signals:
  void actionTriggered();
  void dismissed();

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  Kind m_kind = Kind::Info;
  QLabel* m_icon = nullptr;
  QLabel* m_label = nullptr;
  QPushButton* m_action = nullptr;
  QToolButton* m_close = nullptr;
};

}  // namespace latent::ui
