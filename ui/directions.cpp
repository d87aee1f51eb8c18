#include "ui/directions.h"

#include <algorithm>

#include "ui/exploration.h"
#include "ui/settings.h"

namespace latent::ui {

Directions::Directions(Exploration* exploration, QObject* parent)
    : QObject(parent), m_exploration(exploration) {
  connect(m_exploration, &Exploration::latentDimChanged, this, &Directions::load);
  connect(m_exploration, &Exploration::codeChanged, this, [this] {
    if (!m_applying) begin();
  });
  load();
}

void Directions::load() {
  m_list = Settings::directions(m_exploration->latentDim());
  begin();
  emit listChanged();
}

void Directions::save() const {
  Settings::setDirections(m_exploration->latentDim(), m_list);
}

void Directions::begin() {
  m_base = m_exploration->code();
  m_amounts.assign(m_list.size(), 0.0);
  emit amountsChanged();
}

void Directions::setAmount(int index, double amount) {
  const auto at = static_cast<std::size_t>(index);
  if (at >= m_list.size() || m_base.size() != m_list[at].vector.size()) return;
  m_amounts[at] = amount;
  std::vector<float> code = m_base;
  for (std::size_t i = 0; i < m_list.size(); ++i) {
    for (std::size_t l = 0; l < code.size(); ++l) {
      code[l] += static_cast<float>(m_amounts[i]) * m_list[i].vector[l];
    }
  }
  m_applying = true;
  m_exploration->setCode(code);
  m_applying = false;
  emit amountsChanged();
}

void Directions::take(const std::vector<Direction>& list, const std::vector<double>& amounts,
                      const std::vector<float>& base) {
  const auto dims = static_cast<std::size_t>(std::max(0, m_exploration->latentDim()));
  const bool fits = base.size() == dims && amounts.size() == list.size() &&
                    std::all_of(list.begin(), list.end(), [dims](const Direction& each) {
                      return each.vector.size() == dims && !each.name.isEmpty();
                    });
  if (!fits) return;
  std::vector<Direction> merged = list;
  for (const Direction& own : m_list) {
    const bool there = std::any_of(list.begin(), list.end(),
                                   [&](const Direction& other) { return other.name == own.name; });
    if (!there) merged.push_back(own);
  }
  m_list = std::move(merged);
  m_base = base;
  m_amounts = amounts;
  m_amounts.resize(m_list.size(), 0.0);
  save();
  emit listChanged();
  emit amountsChanged();
}

QString Directions::uniqueName(const QString& wanted) const {
  const QString stem = wanted.trimmed().isEmpty() ? tr("direction") : wanted.trimmed();
  QString name = stem;
  for (int number = 2; std::any_of(m_list.begin(), m_list.end(),
                                   [&](const Direction& other) { return other.name == name; });
       ++number) {
    name = QStringLiteral("%1 %2").arg(stem).arg(number);
  }
  return name;
}

void Directions::add(const QString& name, const std::vector<float>& vector) {
  if (vector.empty() || static_cast<int>(vector.size()) != m_exploration->latentDim()) return;
  m_list.push_back({uniqueName(name), vector});
  m_amounts.push_back(0.0);
  save();
  emit listChanged();
}

void Directions::rename(int index, const QString& name) {
  Direction& direction = m_list.at(static_cast<std::size_t>(index));
  if (name.trimmed().isEmpty() || name.trimmed() == direction.name) {
    emit listChanged();  // the field shows the old name again
    return;
  }
  direction.name.clear();
  direction.name = uniqueName(name);
  save();
  emit listChanged();
}

void Directions::remove(int index) {
  m_list.erase(m_list.begin() + index);
  // Where the code is now is where what is left begins.
  begin();
  save();
  emit listChanged();
}

void Directions::combine(int index, int other) {
  const Direction& a = m_list.at(static_cast<std::size_t>(index));
  const Direction& b = m_list.at(static_cast<std::size_t>(other));
  std::vector<float> sum = a.vector;
  for (std::size_t l = 0; l < sum.size(); ++l) sum[l] += b.vector[l];
  add(QStringLiteral("%1 + %2").arg(a.name, b.name), sum);
}

}  // namespace latent::ui
