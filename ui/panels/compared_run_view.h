#pragma once

#include <QElapsedTimer>
#include <QWidget>
#include <cstdint>
#include <deque>
#include <vector>

#include "latent/session.h"

class QLabel;
class QToolButton;

namespace latent::ui {

class ExploredRun;
class FilmStrip;
class ImageGrid;
class ImageView;
class MapPanel;

/// One side of a comparison: over the map which run it is and what its losses are now; below it the
/// path between the shared digits, the picture at the position, and the rebuilt pictures. Alone it
/// shows nothing but the map.
class ComparedRunView : public QWidget {
  Q_OBJECT

 public:
  /// Where the other run stands: the decoded pictures of both are put next to each other.
  enum class Neighbour { Right, Left };

  ComparedRunView(ExploredRun* explored, MapPanel* map, Neighbour neighbour,
                  QWidget* parent = nullptr);

  void setCompared(bool compared);

 signals:
  /// A rebuilt picture was clicked, a row of the test part.
  void digitChosen(qint64 index);

 private:
  QWidget* makeHeader();
  QWidget* makeFooter(Neighbour neighbour);
  void followRun();
  void followState();
  void append(const std::vector<LossPoint>& losses);
  void showLosses();
  void showRebuilt(const QVector<QImage>& pictures);

  ExploredRun* m_explored;
  MapPanel* m_map;
  QWidget* m_header = nullptr;
  QWidget* m_footer = nullptr;
  QToolButton* m_play = nullptr;
  QLabel* m_title = nullptr;
  QLabel* m_progress = nullptr;
  QLabel* m_losses = nullptr;
  FilmStrip* m_strip = nullptr;
  ImageView* m_decoded = nullptr;
  ImageGrid* m_rebuilt = nullptr;
  std::vector<std::int64_t> m_shown;   ///< the pictures that are rebuilt
  std::deque<LossPoint> m_newest;      ///< batches
  std::vector<LossPoint> m_validated;  ///< the newest validation, if any
  QElapsedTimer m_sinceText;
};

}  // namespace latent::ui
