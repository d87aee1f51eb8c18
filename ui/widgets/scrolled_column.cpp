#include "ui/widgets/scrolled_column.h"

#include <QEvent>
#include <QScrollBar>

namespace latent::ui {

ScrolledColumn::ScrolledColumn(QWidget* content, const char* name) {
  setObjectName(QLatin1String(name));
  setWidgetResizable(true);
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setWidget(content);
}

QSize ScrolledColumn::minimumSizeHint() const {
  QSize size = QScrollArea::minimumSizeHint();
  if (widget() != nullptr && widget()->layout() != nullptr) {
    size.setWidth(widget()->minimumSizeHint().expandedTo(widget()->minimumSize()).width() +
                  verticalScrollBar()->sizeHint().width());
  }
  return size;
}

bool ScrolledColumn::eventFilter(QObject* watched, QEvent* event) {
  if (watched == widget() && event->type() == QEvent::LayoutRequest) updateGeometry();
  return QScrollArea::eventFilter(watched, event);
}

}  // namespace latent::ui
