#include "ui/exploration.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace latent::ui {

Exploration::Exploration(ExplorerService* explorer, QObject* parent)
    : QObject(parent), m_explorer(explorer) {
  connect(m_explorer, &ExplorerService::mapReady, this, &Exploration::followDigits);
}

void Exploration::forgetPath() {
  m_ends = {};
  m_shortest.clear();
  m_onPath = false;
  m_position = 0.5;
  emit pathChanged();
}

void Exploration::setLatentDim(int latentDim, int steps) {
  if (latentDim == m_latentDim && steps == m_steps) return;
  m_latentDim = latentDim;
  m_steps = steps;
  m_digit = -1;
  m_code.clear();
  emit latentDimChanged(latentDim);
  emit codeChanged(m_code);
  forgetPath();
}

void Exploration::setCode(const std::vector<float>& code) {
  take(code, -1);
}

void Exploration::take(const std::vector<float>& code, qint64 digit) {
  if (static_cast<int>(code.size()) != m_latentDim) return;
  m_code = code;
  m_digit = digit;
  m_onPath = false;
  m_awaited = -1;
  askCode();
  emit codeChanged(m_code);
}

void Exploration::setLabel(int label) {
  if (label == m_label) return;
  m_label = label;
  askCode();
  askPath();
  emit labelChanged(label);
}

std::vector<float> Exploration::codeOf(qint64 digit) const {
  const auto frame = m_explorer->frame();
  if (!frame) return {};
  std::vector<float> code = frame->code(digit);
  if (static_cast<int>(code.size()) != m_latentDim || !std::isfinite(code[0])) return {};
  return code;
}

void Exploration::setEndToDigit(int which, qint64 digit) {
  End& end = m_ends[static_cast<std::size_t>(which)];
  end = {codeOf(digit), digit};
  m_shortest.clear();
  if (!end.isSet()) m_explorer->placeOne(digit);
  askPath();
  emit pathChanged();
  if (hasPath()) setPosition(m_position);
}

void Exploration::goToDigit(qint64 digit) {
  const std::vector<float> code = codeOf(digit);
  if (!code.empty()) {
    take(code, digit);
    return;
  }
  m_awaited = digit;
  m_explorer->placeOne(digit);
}

void Exploration::setEndCode(int which, const std::vector<float>& code) {
  if (static_cast<int>(code.size()) != m_latentDim) return;
  m_ends[static_cast<std::size_t>(which)] = {code, -1};
  askPath();
  emit pathChanged();
  if (hasPath()) setPosition(m_position);
}

void Exploration::swapEnds() {
  std::swap(m_ends[0], m_ends[1]);
  m_shortest.clear();
  askPath();
  emit pathChanged();
  if (hasPath()) setPosition(1.0 - m_position);
}

void Exploration::setWay(Way way) {
  if (way == m_way) return;
  m_way = way;
  askPath();
  emit pathChanged();
  if (hasPath()) setPosition(m_position);
}

void Exploration::setShortest(std::vector<float> codes) {
  if (m_latentDim <= 0 || codes.size() % static_cast<std::size_t>(m_latentDim) != 0) return;
  if (codes == m_shortest) return;
  m_shortest = std::move(codes);
  if (m_way != Way::Shortest || !hasPath()) return;
  askPath();
  emit pathChanged();
  if (m_onPath) setPosition(m_position);
}

std::vector<float> Exploration::codeAt(double t) const {
  if (!hasPath()) return {};
  const auto dims = static_cast<std::size_t>(m_latentDim);
  std::vector<float> code(dims);
  const std::vector<float>& from = m_ends[0].code;
  const std::vector<float>& to = m_ends[1].code;
  const std::size_t known = m_shortest.size() / dims;
  if (m_way != Way::Shortest || known < 2) {
    interpolate_at(from, to, static_cast<float>(t),
                   m_way == Way::Spherical ? PathKind::Spherical : PathKind::Linear, code);
    return code;
  }
  const double at = std::clamp(t, 0.0, 1.0) * double(known - 1);
  const std::size_t piece = std::min(known - 2, static_cast<std::size_t>(at));
  const double share = at - double(piece);
  const float* before = m_shortest.data() + piece * dims;
  const float* last = m_shortest.data() + (known - 1) * dims;
  for (std::size_t l = 0; l < dims; ++l) {
    const double onPath = (1.0 - share) * before[l] + share * before[dims + l];
    // By as much as the ends have moved since.
    const double moved =
        (1.0 - t) * (double(from[l]) - m_shortest[l]) + t * (double(to[l]) - last[l]);
    code[l] = static_cast<float>(onPath + moved);
  }
  return code;
}

std::vector<float> Exploration::pathCodes(int steps) const {
  std::vector<float> codes;
  if (!hasPath()) return codes;
  for (int i = 0; i < steps; ++i) {
    const std::vector<float> code = codeAt(double(i) / std::max(1, steps - 1));
    codes.insert(codes.end(), code.begin(), code.end());
  }
  return codes;
}

void Exploration::setPosition(double t) {
  m_position = std::clamp(t, 0.0, 1.0);
  emit positionChanged(m_position);
  if (!hasPath()) return;
  m_code = codeAt(m_position);
  m_digit = -1;
  m_onPath = true;
  askCode();
  emit codeChanged(m_code);
}

Exploration::Place Exploration::place() const {
  return {m_code, m_digit, m_label, m_ends, m_way, m_shortest, m_position, m_onPath};
}

void Exploration::setPlace(const Place& place) {
  const auto fits = [this](const std::vector<float>& code) {
    return m_latentDim > 0 && static_cast<int>(code.size()) == m_latentDim;
  };
  setLabel(place.label);
  m_way = place.way;
  m_position = std::clamp(place.position, 0.0, 1.0);
  for (std::size_t which = 0; which < m_ends.size(); ++which) {
    const End& end = place.ends[which];
    m_ends[which] = fits(end.code) || end.digit >= 0 ? end : End{};
    if (!fits(end.code)) m_ends[which].code.clear();
  }
  const auto width = static_cast<std::size_t>(std::max(1, m_latentDim));
  m_shortest = place.shortest.size() % width == 0 ? place.shortest : std::vector<float>();
  if (fits(place.code)) {
    m_code = place.code;
    m_digit = place.digit;
    m_onPath = place.onPath && hasPath();
  }
  m_awaited = -1;
  askPath();
  askCode();
  emit pathChanged();
  emit positionChanged(m_position);
  emit codeChanged(m_code);
}

void Exploration::refresh() {
  if (hasCode()) m_explorer->decode(m_code, m_label);
}

void Exploration::followDigits() {
  const auto frame = m_explorer->frame();
  if (!frame || frame->latentDim != m_latentDim) return;
  if (m_awaited >= 0) {
    if (const std::vector<float> code = codeOf(m_awaited); !code.empty()) take(code, m_awaited);
  }
  bool moved = false;
  const bool waited = !hasPath();
  for (End& end : m_ends) {
    if (end.digit < 0) continue;
    std::vector<float> code = codeOf(end.digit);
    if (code.empty() || code == end.code) continue;
    end.code = std::move(code);
    moved = true;
  }
  // The decoder has changed, also where the ends stayed.
  askPath();
  if (moved) {
    emit pathChanged();
    if (waited && hasPath()) setPosition(m_position);
    if (m_onPath) {
      m_code = codeAt(m_position);
      emit codeChanged(m_code);
    }
  }
  if (hasCode()) m_explorer->findNeighbours(m_code, kNeighbours);
}

void Exploration::askPath() {
  if (!hasPath()) return;
  m_explorer->decodePath(pathCodes(kPathSteps), m_label);
}

void Exploration::askCode() {
  if (!hasCode()) return;
  m_explorer->decode(m_code, m_label);
  m_explorer->findNeighbours(m_code, kNeighbours);
}

}  // namespace latent::ui
