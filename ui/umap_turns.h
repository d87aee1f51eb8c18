#pragma once

#include <QString>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "latent/umap.h"

namespace latent::ui {

/// How far the map's UMAP has come.
struct UmapProgress {
  bool running = false;
  int epoch = 0;
  int epochs = 0;          ///< 0: no graph yet
  bool isCurrent = false;  ///< the graph is that of the codes as they are
  QString problem;         ///< why it cannot be made; empty: it can

  bool isFinished() const { return isCurrent && epochs > 0 && epoch >= epochs; }
};

/// The map's UMAP: one thread lays it out in turns, another asks where new codes lie, and the
/// window's thread changes what is wanted without waiting for either.
class UmapTurns {
 public:
  /// From the next turn on. Neighbours and metric want another graph; the layout goes on all the
  /// same from where it is.
  void setSettings(const UmapSettings& settings);
  UmapSettings settings() const;
  /// The next turn begins from nothing.
  void restart();
  /// A layout that had come to `epoch` with these places [n, 2] is the map at once, and what the
  /// next turn, which makes its graph, goes on from.
  void continueFrom(std::shared_ptr<const std::vector<float>> points, int epoch);
  /// Ends a turn that is under way as soon as it can.
  void interrupt();
  void resume() { m_interrupted = false; }

  /// About `seconds` of work on `codes` [n, dim], of which rows that are not finite are left out:
  /// the graph where there is none or the codes have changed enough since, else some epochs.
  UmapProgress advance(const std::shared_ptr<const std::vector<float>>& codes, int dim,
                       double seconds, int threads);
  /// [n, 2] as of the last turn, NaN where a row was left out; null: none yet.
  std::shared_ptr<const std::vector<float>> points() const;
  /// Where `codes` [m, dim] lie, [m, 2]; empty when there is no map of such codes.
  std::vector<float> place(const std::vector<float>& codes, int dim) const;

 private:
  void makeGraph(const std::vector<float>& codes, int dim);
  void takeUp(const std::vector<float>& places, int epoch, std::size_t rows);
  void publish(std::size_t rows);

  mutable std::mutex m_working;  ///< held for a whole turn: never taken by the window's thread
  Umap m_umap;
  std::vector<std::size_t> m_rows;                         ///< of the codes that are laid out
  std::shared_ptr<const std::vector<float>> m_graphCodes;  ///< what the graph was made of
  int m_dim = 0;
  int m_epochsSinceGraph = 0;

  mutable std::mutex m_wishes;  ///< held for a moment
  UmapSettings m_settings;
  bool m_settingsChanged = false;
  bool m_restart = false;
  std::shared_ptr<const std::vector<float>>
      m_earlier;  ///< what the next graph's layout goes on from
  int m_earlierEpoch = 0;
  std::shared_ptr<const std::vector<float>> m_points;
  std::atomic<bool> m_interrupted = false;
};

}  // namespace latent::ui
