#pragma once

#include <QObject>
#include <memory>
#include <vector>

#include "ui/plots/map_points.h"

namespace latent::ui {

/// Which test pictures are selected: rows of the test part, so that it stays when the codes move.
class Selection : public QObject {
  Q_OBJECT

 public:
  using QObject::QObject;

  /// Another test part of `size` pictures: nothing of it is selected, nothing kept.
  void reset(qint64 size);
  /// Rows outside the test part are left out.
  void apply(const std::vector<qint64>& indices, SelectMode mode);
  void clear() { apply({}, SelectMode::Replace); }

  qint64 size() const { return m_size; }
  qint64 count() const { return m_marks ? static_cast<qint64>(m_marks->count) : 0; }
  bool isEmpty() const { return !m_marks; }
  /// Rising rows of the test part.
  std::vector<qint64> indices() const;
  /// Null when nothing is selected.
  const std::shared_ptr<const PointSelection>& marks() const { return m_marks; }

  /// Remembers what is selected, as the other end of a direction.
  void keep();
  const std::vector<qint64>& kept() const { return m_kept; }
  /// Rows outside the test part are left out.
  void setKept(std::vector<qint64> rows);

 signals:
  void changed();
  void keptChanged();

 private:
  qint64 m_size = 0;
  std::shared_ptr<const PointSelection> m_marks;
  std::vector<qint64> m_kept;
};

}  // namespace latent::ui
