#pragma once

#include <QObject>
#include <QString>
#include <memory>
#include <vector>

#include "ui/explorer_service.h"
#include "ui/plots/map_points.h"

namespace latent::ui {

class Exploration;
class LatentMap;
class RunController;

/// What a point of the map is coloured by.
struct ColorChoice {
  enum class Kind {
    Class,
    Error,      ///< reconstruction loss in nats
    Kl,         ///< KL of its posterior to the standard normal, in nats
    Purity,     ///< share of its 15 nearest codes that have its class
    Dimension,  ///< one number of its code
  };
  Kind kind = Kind::Class;
  int dimension = 0;
  bool operator==(const ColorChoice&) const = default;
};

/// Keeps the numbers that the points are coloured by, in turns on the explorer's background thread.
/// Two that share colour the maps of two runs by the same, and by one scale where a number means
/// the same in both; a map that has no such number is grey.
class MapColoring : public QObject, private ExplorerService::Chore {
  Q_OBJECT

 public:
  static constexpr int kNeighbours = 15;

  MapColoring(RunController* run, ExplorerService* explorer, Exploration* exploration,
              LatentMap* map, QObject* parent = nullptr);
  ~MapColoring() override;

  const std::vector<ColorChoice>& choices() const { return m_choices; }
  const ColorChoice& choice() const { return m_choice; }
  void setChoice(const ColorChoice& choice);
  /// Null for the colours of the classes.
  const std::shared_ptr<const PointScale>& scale() const { return m_scale; }
  /// The scale as it fits this map alone; null where nothing has been fitted yet.
  std::shared_ptr<const PointScale> fitted() const;
  /// The ends that the scale had before: they stay while they fit.
  void expectEnds(double low, double high);
  /// This one takes over what `other` colours by; the bar of a common scale is beside this map.
  /// Until one of them ends.
  void shareWith(MapColoring* other);

 signals:
  void scaleChanged();

 private:
  struct Work;

  void offerChoices();
  void begin();
  void adopt(std::shared_ptr<const PointScale> scale);
  void showScale();
  bool isOffered(const ColorChoice& choice) const;
  void unshare();
  bool isWanted(const Snapshot& snapshot) const override;
  ExplorerService::Answer turn(const Snapshot& snapshot, double seconds) override;
  QString titleOf(const ColorChoice& choice) const;
  QString shortName(const ColorChoice& choice) const;

  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
  LatentMap* m_map;
  std::vector<ColorChoice> m_choices;
  ColorChoice m_choice;
  std::shared_ptr<Work> m_work;               ///< the background's own while it has a turn
  std::shared_ptr<const PointScale> m_own;    ///< as it fits this map
  std::shared_ptr<const PointScale> m_scale;  ///< as it is shown
  MapColoring* m_partner = nullptr;
  bool m_hasBar = true;  ///< of a common scale
};

/// Sets the ends of the scale by its values (all but 1 % at either side). `previous` keeps its ends
/// while they still fit: a scale that trembles cannot be read.
void fitEnds(PointScale& scale, const PointScale* previous);
/// Each point's step between the ends, and whether there are values beyond them.
void fillSteps(PointScale& scale);

}  // namespace latent::ui
