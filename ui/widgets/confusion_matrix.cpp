#include "ui/widgets/confusion_matrix.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/save_menu.h"

namespace latent::ui {
namespace {

constexpr int kSmallestCell = 11;
constexpr int kLargestCell = 56;

QFont cellFont(int side) {
  QFont font = Theme::captionFont();
  font.setPixelSize(std::clamp(side * 2 / 5, 7, 13));
  return font;
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("confusionMatrix"));
  new SaveMenu(this, tr("Confusion matrix"), [this] {
    SaveMenu::Rows rows{QStringList{tr("class \\ taken for")} + m_names};
    for (int truth = 0; truth < classes(); ++truth) {
      QStringList row{m_names[truth]};
      for (int taken = 0; taken < classes(); ++taken) row << QString::number(count(truth, taken));
      rows << row;
    }
    return rows;
  });
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void ConfusionMatrix::setCounts(std::vector<qint64> counts, const QStringList& names) {
  m_counts = std::move(counts);
  m_names = names;
  if (m_truth >= classes() || m_taken >= classes()) m_truth = m_taken = -1;
  update();
}

qint64 ConfusionMatrix::count(int truth, int taken) const {
  return m_counts[static_cast<std::size_t>(truth * classes() + taken)];
}

void ConfusionMatrix::setChosen(int truth, int taken) {
  m_truth = truth;
  m_taken = taken;
  setAccessibleDescription(truth >= 0 ? sentence(truth, taken) : QString());
  update();
}

int ConfusionMatrix::side() const {
  const int n = std::max(1, classes());
  const QFontMetrics metrics(Theme::captionFont());
  const int room = std::min(width() - 2 * metrics.height(), height() - 2 * metrics.height());
  return std::clamp((room - Theme::kTight) / n, kSmallestCell, kLargestCell);
}

/// The top left corner of the cells: names at the left and above.
QPoint ConfusionMatrix::origin() const {
  const int margin = 2 * QFontMetrics(Theme::captionFont()).height();
  return {margin, margin};
}

QRect ConfusionMatrix::cellRect(int truth, int taken) const {
  const int size = side();
  return {origin().x() + taken * size, origin().y() + truth * size, size, size};
}

int ConfusionMatrix::cellAt(const QPoint& position) const {
  const QPoint inside = position - origin();
  if (m_counts.empty() || inside.x() < 0 || inside.y() < 0) return -1;
  const int taken = inside.x() / side();
  const int truth = inside.y() / side();
  return taken < classes() && truth < classes() ? truth * classes() + taken : -1;
}

QString ConfusionMatrix::sentence(int truth, int taken) const {
  const QLocale locale;
  qint64 all = 0;
  for (int i = 0; i < classes(); ++i) all += count(truth, i);
  const QString counted = locale.toString(count(truth, taken));
  return truth == taken ? tr("%1 of %2 pictures of class %3 are told right.")
                              .arg(counted, locale.toString(all), m_names[truth])
                        : tr("%1 of %2 pictures of class %3 are taken for %4.")
                              .arg(counted, locale.toString(all), m_names[truth], m_names[taken]);
}

QSize ConfusionMatrix::sizeHint() const {
  return {200, 200};
}

QSize ConfusionMatrix::minimumSizeHint() const {
  return {140, 140};
}

void ConfusionMatrix::paintEvent(QPaintEvent*) {
  if (m_counts.empty()) return;
  const Theme& theme = Theme::of(this);
  QPainter painter(this);
  const QFont caption = Theme::captionFont();
  const QFontMetrics metrics(caption);
  const int size = side();
  const QRect cells(origin(), QSize(size * classes(), size * classes()));
  painter.setFont(caption);
  painter.setPen(theme.secondaryText);
  painter.drawText(QRect(cells.left(), 0, cells.width(), metrics.height()), Qt::AlignCenter,
                   tr("taken for"));
  painter.save();
  painter.rotate(-90.0);
  painter.drawText(QRect(-cells.bottom(), 0, cells.height(), metrics.height()), Qt::AlignCenter,
                   tr("class"));
  painter.restore();
  painter.fillRect(cells, theme.canvas);
  const QFont inside = cellFont(size);
  const QFontMetrics insideMetrics(inside);
  for (int truth = 0; truth < classes(); ++truth) {
    painter.setFont(caption);
    painter.setPen(theme.secondaryText);
    const QRect row = cellRect(truth, 0);
    painter.drawText(QRect(metrics.height(), row.top(), metrics.height() - 3, size),
                     Qt::AlignRight | Qt::AlignVCenter,
                     metrics.elidedText(m_names[truth], Qt::ElideRight, metrics.height()));
    const QRect column = cellRect(0, truth);
    painter.drawText(QRect(column.left(), metrics.height(), size, metrics.height()),
                     Qt::AlignCenter, metrics.elidedText(m_names[truth], Qt::ElideRight, size + 4));
    qint64 all = 0;
    for (int taken = 0; taken < classes(); ++taken) all += count(truth, taken);
    for (int taken = 0; taken < classes(); ++taken) {
      const QRect cell = cellRect(truth, taken);
      const double share = all > 0 ? double(count(truth, taken)) / double(all) : 0.0;
      QColor wash = truth == taken ? theme.accent : theme.handleB;
      // By its root: an error in a hundred is seen beside ninety right ones.
      wash.setAlphaF(static_cast<float>(0.85 * std::sqrt(share)));
      painter.fillRect(cell.adjusted(0, 0, -1, -1), wash);
      const QString text = QString::number(count(truth, taken));
      if (count(truth, taken) > 0 && insideMetrics.horizontalAdvance(text) <= size - 2) {
        painter.setFont(inside);
        painter.setPen(share > 0.45 ? theme.accentText : theme.text);
        painter.drawText(cell.adjusted(0, 0, -1, -1), Qt::AlignCenter, text);
      }
    }
  }
  painter.setPen(QPen(theme.line, 1));
  painter.drawRect(cells.adjusted(-1, -1, -1, -1));
  if (m_truth >= 0) {
    painter.setPen(QPen(hasFocus() ? theme.accent : theme.text, 2));
    painter.drawRect(cellRect(m_truth, m_taken).adjusted(0, 0, -1, -1));
  }
}

bool ConfusionMatrix::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    if (const int cell = cellAt(help->pos()); cell >= 0) {
      QToolTip::showText(help->globalPos(), sentence(cell / classes(), cell % classes()), this);
      return true;
    }
  }
  return QWidget::event(event);
}

void ConfusionMatrix::mousePressEvent(QMouseEvent* event) {
  const int cell = cellAt(event->position().toPoint());
  if (event->button() != Qt::LeftButton || cell < 0) return;
  setChosen(cell / classes(), cell % classes());
  emit cellChosen(m_truth, m_taken);
}

void ConfusionMatrix::mouseMoveEvent(QMouseEvent* event) {
  setCursor(cellAt(event->position().toPoint()) >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void ConfusionMatrix::keyPressEvent(QKeyEvent* event) {
  int right = 0;
  int down = 0;
  switch (event->key()) {
    case Qt::Key_Left:
      right = -1;
      break;
    case Qt::Key_Right:
      right = 1;
      break;
    case Qt::Key_Up:
      down = -1;
      break;
    case Qt::Key_Down:
      down = 1;
      break;
    default:
      QWidget::keyPressEvent(event);
      return;
  }
  if (m_counts.empty()) return;
  const int last = classes() - 1;
  setChosen(m_truth < 0 ? 0 : std::clamp(m_truth + down, 0, last),
            m_taken < 0 ? 0 : std::clamp(m_taken + right, 0, last));
  emit cellChosen(m_truth, m_taken);
}

}  // namespace latent::ui
