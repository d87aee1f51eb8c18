#include "ui/selection.h"

#include <utility>

namespace latent::ui {

void Selection::reset(qint64 size) {
  m_size = size;
  if (std::exchange(m_marks, nullptr)) emit changed();
  if (!std::exchange(m_kept, {}).empty()) emit keptChanged();
}

void Selection::apply(const std::vector<qint64>& indices, SelectMode mode) {
  if (mode != SelectMode::Replace && indices.empty()) return;
  if (mode == SelectMode::Replace && indices.empty() && !m_marks) return;
  auto next = std::make_shared<PointSelection>();
  if (m_marks && mode != SelectMode::Replace) *next = *m_marks;
  next->marks.resize(static_cast<std::size_t>(m_size));
  const std::uint8_t mark = mode == SelectMode::Remove ? 0 : 1;
  for (const qint64 index : indices) {
    if (index < 0 || index >= m_size) continue;
    std::uint8_t& now = next->marks[static_cast<std::size_t>(index)];
    if (now == mark) continue;
    now = mark;
    mark != 0 ? ++next->count : --next->count;
  }
  if (next->count == 0 && !m_marks) return;
  m_marks = next->count > 0 ? std::move(next) : nullptr;
  emit changed();
}

std::vector<qint64> Selection::indices() const {
  std::vector<qint64> result;
  if (!m_marks) return result;
  result.reserve(m_marks->count);
  for (std::size_t i = 0; i < m_marks->marks.size(); ++i) {
    if (m_marks->marks[i] != 0) result.push_back(static_cast<qint64>(i));
  }
  return result;
}

void Selection::setKept(std::vector<qint64> rows) {
  std::erase_if(rows, [this](qint64 row) { return row < 0 || row >= m_size; });
  m_kept = std::move(rows);
  emit keptChanged();
}

void Selection::keep() {
  m_kept = indices();
  emit keptChanged();
}

}  // namespace latent::ui
