#pragma once

#include <QElapsedTimer>
#include <QImage>
#include <QObject>
#include <QRectF>
#include <QString>
#include <QTimer>
#include <QVector>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "latent/engine.h"
#include "latent/request_lane.h"
#include "latent/snapshot.h"
#include "ui/map_frame.h"

namespace latent::ui {

/// How far the search for codes has come, for systems without an encoder.
struct Placement {
  std::int64_t placed = 0;   ///< pictures that have a code
  std::int64_t waiting = 0;  ///< pictures whose code is still to be found
  double epoch = 0.0;        ///< of the weights that are searched with
  bool outdated = false;     ///< there are newer weights
};

/// A test digit and how far its code is from the one asked about.
struct CodeNeighbour {
  std::int64_t index = 0;
  float distance = 0.0F;
  int label = -1;
};

/// Asks the newest weights questions on two threads of their own: one answers what a person waits
/// for; the other keeps the map, the reconstructions and the samples fresh, and takes only a small
/// share of a core while training runs. Answers are signals on the window's thread; those of an
/// earlier run, and those that a newer answer has overtaken, are dropped.
class ExplorerService : public QObject {
  Q_OBJECT

 public:
  /// What is done on the window's thread with an answer.
  using Deliver = std::function<void()>;
  /// What is done with the newest weights on another thread.
  using Answer = std::function<Deliver(const FrozenModel&)>;

  /// Upkeep that somebody else knows: it has its turns on the background thread among the others,
  /// out of the same share of a core. Both calls come on the window's thread.
  class Chore {
   public:
    virtual ~Chore() = default;
    virtual bool isWanted(const Snapshot& snapshot) const = 0;
    /// One turn of about `seconds`.
    virtual Answer turn(const Snapshot& snapshot, double seconds) = 0;
  };

  explicit ExplorerService(QObject* parent = nullptr);
  ~ExplorerService() override;

  void setEngine(const Engine* engine);
  /// Another run: forgets everything of the one before. `test` is what the map shows.
  void setRun(std::shared_ptr<const Dataset> test);
  void setSnapshot(const std::shared_ptr<const Snapshot>& snapshot);
  /// While training runs the background takes about 15 % of a core; otherwise what it needs.
  void setTraining(bool training);

  /// A map of codes from two moments is not shown: the frame comes when every code is of the newest
  /// snapshot. For a moment of the past, which no newer one takes over.
  void setWhole(bool whole);
  /// Each plane is turned and mirrored, not scaled, until its points lie as nearly as they can
  /// where those of the frame before lay (Procrustes): then the map does not spin from epoch to
  /// epoch.
  void setAligned(bool aligned);
  bool isAligned() const { return m_aligned; }

  void setProjection(const ProjectionChoice& choice);
  const ProjectionChoice& projection() const { return m_choice; }
  /// The map of this run as it was drawn before, of the same weights: its planes lie as they lay,
  /// and a layout goes on from where it was. Codes that were searched for are taken as they are.
  void continueFrom(std::shared_ptr<const MapFrame> frame, const UmapProgress& umap);
  /// For ProjectionChoice::Kind::Umap. The layout goes on under the new settings.
  void setUmapSettings(const UmapSettings& settings);
  UmapSettings umapSettings() const { return m_umap->settings(); }
  /// Goes on with the layout, again and again as the codes change, or stops it where it is. From
  /// the beginning where it has come to its end.
  void setUmapRunning(bool running);
  const UmapProgress& umapProgress() const { return m_umapProgress; }
  /// Where codes [m, L] lie in UMAP's map; `placed` answers.
  void place(const std::vector<float>& codes);
  /// The digits that reconstructionsReady shows, rows of the test part.
  void setWatched(std::vector<std::int64_t> indices);
  const std::vector<std::int64_t>& watched() const { return m_watched; }
  void setSampleSeed(quint64 seed);
  quint64 sampleSeed() const { return m_sampleSeed; }
  /// The manifold grid over `view` (plane coordinates); nullopt switches it off. `base` gives the
  /// components outside the plane; empty: the projection's origin.
  void setManifold(const std::optional<QRectF>& view, const std::vector<float>& base, int label);
  /// The k-nearest-neighbour accuracy is measured again, at the end of an epoch.
  void measureAccuracy();

  // For systems without an encoder, where the code of a picture has to be searched for.
  static constexpr std::int64_t kPlaced = 300;
  /// Whether the codes of the present run come from a search.
  bool placesOnDemand() const;
  /// Searches with the newest weights for the codes of the first `kPlaced` test pictures; the map
  /// grows as they are found.
  void placeAll();
  /// Searches for one more, before all others that wait, with the weights of those placed already.
  void placeOne(std::int64_t index);
  Placement placement() const;

  // For a person who waits; each returns at once.
  void decode(const std::vector<float>& code, int label);
  void findNeighbours(const std::vector<float>& code, int count);
  void reconstruct(std::int64_t index);
  /// `codes` [steps, L] along a path; pathDecoded answers.
  void decodePath(const std::vector<float>& codes, int label);
  /// All frames of an export at once; framesReady answers.
  void decodeFrames(const std::vector<float>& codes, int label);
  void samplePrior(quint64 seed);
  /// Any other question: of one `kind` the newest replaces what has not begun, and those of lower
  /// `priority` number go first. Not answered while there are no weights.
  void ask(const char* kind, int priority, Answer answer);
  /// Null: none. Its owner tells by `choreChanged` when there is something to do.
  void setChore(Chore* chore);
  void choreChanged() { schedule(); }

  std::shared_ptr<const MapFrame> frame() const { return m_frame; }
  bool hasModel() const { return m_snapshot != nullptr; }
  /// The weights that are shown: the newest, or those of the past; nullptr before the first.
  std::shared_ptr<const FrozenModel> model() const {
    return m_snapshot != nullptr ? m_snapshot->model : nullptr;
  }
  /// Whether everything that is shown comes from the newest snapshot.
  bool isUpToDate() const;
  /// Waits for both threads; their answers are then in the event queue.
  void drain();

 signals:
  void mapReady(const std::shared_ptr<const latent::ui::MapFrame>& frame);
  void umapChanged(const latent::ui::UmapProgress& progress);
  /// `points` [m, 2] of the codes asked about; empty where there is no map yet.
  void placed(const std::vector<float>& codes, const std::vector<float>& points);
  void placementChanged(const latent::ui::Placement& placement);
  void accuracyReady(double accuracy);  ///< kNN, k = 15, of the points in the plane
  void reconstructionsReady(const QVector<QImage>& pictures, const std::vector<float>& nats);
  /// `classes` > 0: of a system that is told the class, a row per code (a style), a column per
  /// class from the first on; 0: pictures of one code each.
  void samplesReady(const QVector<QImage>& pictures, int classes);
  void manifoldReady(const QImage& image, const QRectF& area);
  void decoded(const QImage& picture);
  void neighboursReady(const std::vector<latent::ui::CodeNeighbour>& neighbours);
  void reconstructed(qint64 index, const QImage& picture, double nats);
  void pathDecoded(const QVector<QImage>& pictures);
  void framesReady(const std::vector<float>& pixels, latent::ImageShape shape);
  void priorSampled(const std::vector<float>& code);
  void failed(const QString& sentence);

 private:
  enum Kind { Reconstructions, Samples, Map, Layout, Manifold, Others, Accuracy, KindCount };
  struct Encoding;
  struct Upkeep {
    std::int64_t shown = -1;  ///< snapshot that is on screen
    bool wanted = false;      ///< again, for the same snapshot
    qint64 notBefore = 0;     ///< milliseconds of m_clock
    qint64 served = 0;        ///< when it last had its turn
  };

  void schedule();
  bool isWanted(int kind) const;
  void startUpkeep(int kind);
  Answer upkeep(int kind);
  Answer reconstructWatched();
  Answer drawSamples();
  Answer encodeSome();  ///< the next part of the test images
  Answer placeSome();
  Answer drawManifold();
  Answer judgeMap();
  void takeEarlierPlaces();
  void upkeepDone(int kind, double seconds);
  void adoptFrame(std::shared_ptr<const MapFrame> frame);
  void reproject();
  Answer layOut();
  void adoptLayout(const UmapProgress& progress);

  const Engine* m_engine = nullptr;
  std::shared_ptr<const Dataset> m_test;
  std::shared_ptr<const Snapshot> m_snapshot;
  std::shared_ptr<const MapFrame> m_frame;
  std::shared_ptr<const MapFrame> m_earlier;     ///< what the first frame follows
  std::shared_ptr<Encoding> m_encoding;          ///< the background's own while it has a turn
  std::shared_ptr<const Snapshot> m_placedWith;  ///< what codes are searched for with
  std::vector<std::int64_t> m_toPlace;           ///< last first
  ProjectionChoice m_choice;
  std::shared_ptr<UmapTurns> m_umap = std::make_shared<UmapTurns>();
  UmapProgress m_umapProgress;
  std::shared_ptr<const std::vector<float>> m_umapCodes;  ///< of its last turn
  bool m_umapContinues = false;  ///< a graph for an earlier layout is wanted
  std::vector<std::int64_t> m_watched;
  quint64 m_sampleSeed = 1;
  std::optional<QRectF> m_manifoldView;
  std::vector<float> m_manifoldBase;
  int m_manifoldLabel = 0;
  double m_manifoldSecondsPerTile = 0.0;
  Chore* m_chore = nullptr;
  bool m_training = false;
  bool m_whole = false;
  bool m_aligned = false;
  bool m_busy = false;       ///< the background has a turn
  quint64 m_generation = 0;  ///< of the run
  std::array<Upkeep, KindCount> m_upkeep;
  qint64 m_restUntil = 0;
  QElapsedTimer m_clock;
  QTimer m_timer;
  std::unique_ptr<RequestLane> m_interactive;  // these last: their jobs use what is above
  std::unique_ptr<RequestLane> m_background;
};

}  // namespace latent::ui
