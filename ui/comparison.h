#pragma once

#include <QObject>
#include <array>

namespace latent::ui {

class ExploredRun;
class MapPanel;
class Selection;

/// Keeps two runs on the same data in step: what is pointed at, selected or gone to in the map of
/// the one is so in the other, the ends of the path are the same test pictures, and so is the
/// position between them. A place that is no picture's stays with the run in whose space it is: it
/// has no counterpart.
class Comparison : public QObject {
  Q_OBJECT

 public:
  struct Side {
    ExploredRun* explored;
    MapPanel* map;
  };

  Comparison(const Side& first, const Side& second, Selection* selection,
             QObject* parent = nullptr);

  /// Both ends of the path, rows of the test part; also after a reset and in a new run.
  void setDigits(qint64 a, qint64 b);
  /// While held, what is changed on one side stays there; afterwards the ends of the path are those
  /// of the first run.
  void setHeld(bool held);
  /// The test pictures at the ends; -1 before there are any.
  const std::array<qint64, 2>& digits() const { return m_digits; }
  /// Two pictures by chance, of different classes where there are classes.
  void chooseOtherDigits();
  /// Of many pairs by chance the one whose straight path goes farthest from all codes in the first
  /// run compared with the second: where the one has a gap that the other fills. Answered when it
  /// is found.
  void chooseWidestGap();
  /// Whether both runs are there and row i of the test part is the same picture in both.
  bool sameData() const;

 private:
  void join(int side);
  void begin();
  void giveEnds(int side);
  void followEnds(int side);

  std::array<Side, 2> m_sides;
  Selection* m_selection;
  std::array<qint64, 2> m_digits{-1, -1};
  bool m_following = false;  ///< what comes back from the other side is not told again
};

}  // namespace latent::ui
