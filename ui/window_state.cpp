#include "ui/window_state.h"

#include <QBuffer>
#include <QJsonArray>
#include <utility>

#include "ui/comparison.h"
#include "ui/control_values.h"
#include "ui/directions.h"
#include "ui/exploration.h"
#include "ui/explored_run.h"
#include "ui/explorer_service.h"
#include "ui/map_coloring.h"
#include "ui/map_memory.h"
#include "ui/map_overlays.h"
#include "ui/panels/comparison_panel.h"
#include "ui/panels/decoded_panel.h"
#include "ui/panels/drawing_panel.h"
#include "ui/panels/losses_panel.h"
#include "ui/panels/map_panel.h"
#include "ui/panels/reconstructions_panel.h"
#include "ui/panels/tasks_panel.h"
#include "ui/plots/latent_map.h"
#include "ui/plots/loss_plot.h"
#include "ui/run_controller.h"
#include "ui/selection.h"
#include "ui/widgets/drawing_canvas.h"

namespace latent::ui {
namespace {

constexpr int kLookMilliseconds = 20;

QJsonArray jsonOf(const QRectF& area) {
  return {area.x(), area.y(), area.width(), area.height()};
}

QRectF areaOf(const QJsonValue& json) {
  return {json[0].toDouble(), json[1].toDouble(), json[2].toDouble(), json[3].toDouble()};
}

QJsonArray jsonOf(const std::vector<qint64>& rows) {
  QJsonArray list;
  for (const qint64 row : rows) list.append(row);
  return list;
}

std::vector<qint64> rowsOf(const QJsonValue& json) {
  std::vector<qint64> rows;
  for (const QJsonValue& row : json.toArray()) rows.push_back(row.toInteger(-1));
  return rows;
}

/// A mask as a text of one character for each pixel, row by row.
QString textOf(const std::vector<std::uint8_t>& mask) {
  QString text;
  for (const std::uint8_t hidden : mask) text += QLatin1Char(hidden != 0 ? '#' : '.');
  return text;
}

std::vector<std::uint8_t> maskOf(const QJsonValue& json) {
  std::vector<std::uint8_t> mask;
  for (const QChar pixel : json.toString()) mask.push_back(pixel == QLatin1Char('#') ? 1 : 0);
  return mask;
}

QJsonObject jsonOf(const Exploration::Place& place) {
  QJsonArray ends;
  for (const Exploration::End& end : place.ends) {
    ends.append(QJsonObject{{QStringLiteral("digit"), end.digit},
                            {QStringLiteral("code"), jsonFloats(end.code)}});
  }
  return {{QStringLiteral("code"), jsonFloats(place.code)},
          {QStringLiteral("digit"), place.digit},
          {QStringLiteral("label"), place.label},
          {QStringLiteral("ends"), ends},
          {QStringLiteral("way"), static_cast<int>(place.way)},
          {QStringLiteral("shortest"), jsonFloats(place.shortest)},
          {QStringLiteral("position"), place.position},
          {QStringLiteral("on_path"), place.onPath}};
}

Exploration::Place placeOf(const QJsonValue& json) {
  Exploration::Place place;
  place.code = floatsOf(json[QStringLiteral("code")]);
  place.digit = json[QStringLiteral("digit")].toInteger(-1);
  place.label = json[QStringLiteral("label")].toInt();
  for (int which = 0; which < 2; ++which) {
    const QJsonValue end = json[QStringLiteral("ends")][which];
    place.ends[static_cast<std::size_t>(which)] = {floatsOf(end[QStringLiteral("code")]),
                                                   end[QStringLiteral("digit")].toInteger(-1)};
  }
  const int way = json[QStringLiteral("way")].toInt();
  if (way >= 0 && way <= static_cast<int>(Exploration::Way::Shortest)) {
    place.way = static_cast<Exploration::Way>(way);
  }
  place.shortest = floatsOf(json[QStringLiteral("shortest")]);
  place.position = json[QStringLiteral("position")].toDouble(0.5);
  place.onPath = json[QStringLiteral("on_path")].toBool();
  return place;
}

QJsonObject jsonOf(const Directions& directions) {
  QJsonArray list;
  for (int i = 0; i < static_cast<int>(directions.list().size()); ++i) {
    const Direction& each = directions.list()[static_cast<std::size_t>(i)];
    list.append(QJsonObject{{QStringLiteral("name"), each.name},
                            {QStringLiteral("vector"), jsonFloats(each.vector)},
                            {QStringLiteral("amount"), directions.amount(i)}});
  }
  return {{QStringLiteral("list"), list}, {QStringLiteral("base"), jsonFloats(directions.base())}};
}

void take(Directions& directions, const QJsonValue& json) {
  std::vector<Direction> list;
  std::vector<double> amounts;
  for (const QJsonValue& each : json[QStringLiteral("list")].toArray()) {
    list.push_back(
        {each[QStringLiteral("name")].toString(), floatsOf(each[QStringLiteral("vector")])});
    amounts.push_back(each[QStringLiteral("amount")].toDouble());
  }
  directions.take(list, amounts, floatsOf(json[QStringLiteral("base")]));
}

QString jsonOf(const QImage& picture) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  picture.save(&buffer, "PNG");
  return QString::fromLatin1(bytes.toBase64());
}

}  // namespace

WindowState::WindowState(const Parts& parts, QObject* parent) : QObject(parent), m_parts(parts) {
  m_timer.setInterval(kLookMilliseconds);
  connect(&m_timer, &QTimer::timeout, this, &WindowState::look);
  connect(m_parts.current->run(), &RunController::runChanged, &m_timer, &QTimer::stop);
}

std::vector<WindowState::Side> WindowState::sides() const {
  std::vector<Side> sides = {{m_parts.current, m_parts.map, m_parts.coloring}};
  const ComparisonPanel* comparison = m_parts.comparison;
  if (comparison->isOpen()) {
    sides.push_back({comparison->beside(), comparison->besideMap(), comparison->besideColoring()});
  }
  return sides;
}

QJsonObject WindowState::gatherSide(const Side& side) {
  const LatentMap& map = *side.map->map();
  const LatentMap::View view = map.wholeView();
  QJsonArray bright;
  for (const int label : map.brightClasses()) bright.append(label);
  QJsonObject coloring{{QStringLiteral("by"), static_cast<int>(side.coloring->choice().kind)},
                       {QStringLiteral("dimension"), side.coloring->choice().dimension}};
  if (const auto& scale = side.coloring->fitted()) {
    coloring[QStringLiteral("low")] = scale->low;
    coloring[QStringLiteral("high")] = scale->high;
  }
  const auto epoch = side.explored->run()->timeMachine()->epoch();
  return {{QStringLiteral("epoch"), epoch ? QJsonValue(*epoch) : QJsonValue()},
          {QStringLiteral("map"), mapMemory(*side.explored->explorer())},
          {QStringLiteral("coloring"), coloring},
          {QStringLiteral("view"), jsonOf(view.area)},
          {QStringLiteral("following"), view.following},
          {QStringLiteral("home_extent"), view.home},
          {QStringLiteral("tool"), static_cast<int>(map.tool())},
          {QStringLiteral("classes_seen_alone"), bright},
          {QStringLiteral("thumbnails"), map.areThumbnailsVisible()},
          {QStringLiteral("manifold"), map.isManifoldVisible()},
          {QStringLiteral("place"), jsonOf(side.explored->exploration()->place())}};
}

QJsonObject WindowState::gather() const {
  QJsonArray gathered;
  for (const Side& side : sides()) gathered.append(gatherSide(side));
  QJsonObject controls;
  for (const QWidget* panel : m_parts.panels) {
    controls[panel->objectName()] = controlValues(*panel);
  }
  QJsonArray overlays;
  for (const QString& id : m_parts.overlays->shown()) overlays.append(id);
  const ReconstructionsPanel::Choice pictures = m_parts.reconstructions->choice();
  const LossPlot& losses = *m_parts.losses->plot();
  QJsonObject state{{QStringLiteral("sides"), gathered},
                    {QStringLiteral("selection"), jsonOf(m_parts.selection->indices())},
                    {QStringLiteral("selection_kept"), jsonOf(m_parts.selection->kept())},
                    {QStringLiteral("overlays"), overlays},
                    {QStringLiteral("directions"), jsonOf(*m_parts.decoded->directions())},
                    {QStringLiteral("pictures"), static_cast<qint64>(pictures.digits)},
                    {QStringLiteral("samples"), static_cast<qint64>(pictures.samples)},
                    {QStringLiteral("controls"), controls}};
  const TasksPanel::Kept task = m_parts.tasks->kept();
  state[QStringLiteral("task")] =
      QJsonObject{{QStringLiteral("pictures"), static_cast<qint64>(task.pictures)},
                  {QStringLiteral("hidden"), textOf(task.hidden)},
                  {QStringLiteral("measured"), task.measured}};
  if (!losses.isFollowing()) state[QStringLiteral("losses_view")] = jsonOf(losses.view());
  if (!m_parts.drawing->canvas()->isBlank()) {
    state[QStringLiteral("drawing")] = jsonOf(m_parts.drawing->canvas()->drawing());
  }
  return state;
}

void WindowState::restore(const QJsonObject& state, std::function<void()> done) {
  m_state = state;
  m_done = std::move(done);
  const QJsonArray gathered = m_state[QStringLiteral("sides")].toArray();
  const std::vector<Side> shown = sides();
  for (std::size_t i = 0; i < shown.size(); ++i) {
    prepareSide(shown[i], gathered[static_cast<qsizetype>(i)].toObject());
  }
  m_timer.start();
}

void WindowState::prepareSide(const Side& side, const QJsonObject& state) {
  const QJsonObject memory = state[QStringLiteral("map")].toObject();
  ProjectionChoice plane;
  const int kind = memory[QStringLiteral("plane")].toInt();
  if (kind >= 0 && kind <= static_cast<int>(ProjectionChoice::Kind::Umap)) {
    plane.kind = static_cast<ProjectionChoice::Kind>(kind);
  }
  plane.horizontal = memory[QStringLiteral("horizontal")].toInt();
  plane.vertical = memory[QStringLiteral("vertical")].toInt(1);
  side.map->choosePlane(plane);
  recallMap(*side.explored->explorer(), memory);

  const QJsonValue coloring = state[QStringLiteral("coloring")];
  ColorChoice choice;
  const int by = coloring[QStringLiteral("by")].toInt();
  if (by >= 0 && by <= static_cast<int>(ColorChoice::Kind::Dimension)) {
    choice.kind = static_cast<ColorChoice::Kind>(by);
  }
  choice.dimension = coloring[QStringLiteral("dimension")].toInt();
  side.coloring->setChoice(choice);
  if (coloring[QStringLiteral("high")].isDouble()) {
    side.coloring->expectEnds(coloring[QStringLiteral("low")].toDouble(),
                              coloring[QStringLiteral("high")].toDouble());
  }
  if (const QJsonValue epoch = state[QStringLiteral("epoch")]; epoch.isDouble()) {
    // To what was kept at once; a dropped one is trained again.
    side.explored->run()->timeMachine()->recompute(epoch.toInt());
  }
}

/// Whether the map is that of all codes at the moment that is looked at.
bool WindowState::isThere(const Side& side) {
  const ExplorerService& explorer = *side.explored->explorer();
  const TimeMachine& time = *side.explored->run()->timeMachine();
  if (!explorer.hasModel() || time.isRecomputing()) return false;
  if (explorer.placesOnDemand()) return true;
  const auto frame = explorer.frame();
  return frame && frame->older == 0 && frame->choice == explorer.projection() &&
         frame->latentDim == side.explored->exploration()->latentDim() &&
         (time.isLive() || frame->epoch == static_cast<double>(*time.epoch()));
}

void WindowState::look() {
  for (const Side& side : sides()) {
    if (!side.explored->run()->hasRun() || !isThere(side)) return;
  }
  m_timer.stop();
  finish();
}

void WindowState::finishSide(const Side& side, const QJsonObject& state) {
  LatentMap* map = side.map->map();
  side.explored->exploration()->setPlace(placeOf(state[QStringLiteral("place")]));
  QVector<int> bright;
  for (const QJsonValue& label : state[QStringLiteral("classes_seen_alone")].toArray()) {
    bright.append(label.toInt());
  }
  map->setBrightClasses(bright);
  map->setThumbnailsVisible(state[QStringLiteral("thumbnails")].toBool(true));
  const int tool = state[QStringLiteral("tool")].toInt();
  if (tool >= 0 && tool <= static_cast<int>(LatentMap::Tool::Brush)) {
    map->setTool(static_cast<LatentMap::Tool>(tool));
  }
  map->setWholeView({areaOf(state[QStringLiteral("view")]),
                     state[QStringLiteral("following")].toBool(true),
                     state[QStringLiteral("home_extent")].toDouble()});
  map->setManifoldVisible(state[QStringLiteral("manifold")].toBool());
}

void WindowState::finish() {
  const QJsonObject controls = m_state[QStringLiteral("controls")].toObject();
  for (QWidget* panel : m_parts.panels) {
    setControlValues(*panel, controls[panel->objectName()].toObject());
  }
  m_parts.reconstructions->setChoice(
      {static_cast<quint64>(m_state[QStringLiteral("pictures")].toInteger()),
       static_cast<quint64>(m_state[QStringLiteral("samples")].toInteger(1))});
  QStringList overlays;
  for (const QJsonValue& id : m_state[QStringLiteral("overlays")].toArray()) {
    overlays << id.toString();
  }
  m_parts.overlays->setShown(overlays);
  m_parts.selection->apply(rowsOf(m_state[QStringLiteral("selection")]), SelectMode::Replace);
  m_parts.selection->setKept(rowsOf(m_state[QStringLiteral("selection_kept")]));

  Comparison* comparison = m_parts.comparison->comparison();
  if (comparison != nullptr) comparison->setHeld(true);
  const QJsonArray gathered = m_state[QStringLiteral("sides")].toArray();
  const std::vector<Side> shown = sides();
  for (std::size_t i = 0; i < shown.size(); ++i) {
    finishSide(shown[i], gathered[static_cast<qsizetype>(i)].toObject());
  }
  if (comparison != nullptr) comparison->setHeld(false);
  take(*m_parts.decoded->directions(), m_state[QStringLiteral("directions")]);

  const QByteArray drawing =
      QByteArray::fromBase64(m_state[QStringLiteral("drawing")].toString().toLatin1());
  const QImage picture = QImage::fromData(drawing, "PNG");
  if (picture.isNull()) {
    m_parts.drawing->canvas()->clear();
  } else {
    m_parts.drawing->canvas()->setDrawing(picture);
  }
  const QJsonObject task = m_state[QStringLiteral("task")].toObject();
  m_parts.tasks->setKept({static_cast<quint64>(task[QStringLiteral("pictures")].toInteger()),
                          maskOf(task[QStringLiteral("hidden")]),
                          task[QStringLiteral("measured")].toBool()});
  if (m_state.contains(QStringLiteral("losses_view"))) {
    m_parts.losses->plot()->setView(areaOf(m_state[QStringLiteral("losses_view")]));
  }
  if (m_done) std::exchange(m_done, nullptr)();
}

}  // namespace latent::ui
