#pragma once

#include <QObject>
#include <array>
#include <vector>

#include "latent/latent_space.h"
#include "ui/explorer_service.h"

namespace latent::ui {

/// Where in the latent space the person is: the current code, and the path between two codes A and
/// B. The panels show it and change it; what has to be decoded for it is asked for here.
class Exploration : public QObject {
  Q_OBJECT

 public:
  static constexpr int kPathSteps = 11;
  static constexpr int kNeighbours = 8;

  /// One end of the path. A test digit's end follows its code while training moves it.
  struct End {
    std::vector<float> code;
    qint64 digit = -1;  ///< row of the test part; -1: a free code
    bool isSet() const { return !code.empty(); }
  };

  explicit Exploration(ExplorerService* explorer, QObject* parent = nullptr);

  /// Forgets A and B: another run, or the same from its beginning.
  void forgetPath();
  /// Forgets all codes when they do not fit.
  void setLatentDim(int latentDim, int steps = 1);
  int latentDim() const { return m_latentDim; }
  /// A sequence's code is this many codes of latentDim() / steps(), one after another.
  int steps() const { return m_steps; }

  bool hasCode() const { return !m_code.empty(); }
  const std::vector<float>& code() const { return m_code; }
  void setCode(const std::vector<float>& code);
  /// The test picture whose code was gone to; -1 for any other code.
  qint64 digit() const { return m_digit; }
  /// The class that a conditional system is told.
  int label() const { return m_label; }
  void setLabel(int label);

  const End& end(int which) const { return m_ends[static_cast<std::size_t>(which)]; }
  bool hasPath() const { return end(0).isSet() && end(1).isSet(); }
  /// Where the picture has no code yet, the end waits for it.
  void setEndToDigit(int which, qint64 digit);
  /// Goes to the code of a test picture, as soon as it has one.
  void goToDigit(qint64 digit);
  void setEndCode(int which, const std::vector<float>& code);
  void swapEnds();
  /// How the path goes from A to B.
  enum class Way {
    Linear,
    Spherical,
    Shortest,  ///< under the decoder's metric; straight where none is known that is shorter
  };
  Way way() const { return m_way; }
  void setWay(Way way);
  /// What was found between two ends: codes [m, L] at even shares of the shortest path, or none.
  /// Where the ends have moved since it is bent along until the next is found.
  void setShortest(std::vector<float> codes);
  double position() const { return m_position; }
  /// Moves along the path; the current code goes with it.
  void setPosition(double t);
  std::vector<float> codeAt(double t) const;
  /// `steps` codes along the path [steps, L]; none where there is no path.
  std::vector<float> pathCodes(int steps) const;

  /// All of it, so that another exploration of the same weights can be at the same place.
  struct Place {
    std::vector<float> code;
    qint64 digit = -1;
    int label = 0;
    std::array<End, 2> ends;
    Way way = Way::Linear;
    std::vector<float> shortest;  ///< as for setShortest
    double position = 0.5;
    bool onPath = false;  ///< whether the code is the one at `position`
  };
  Place place() const;
  /// Codes of another length than latentDim() are left out.
  void setPlace(const Place& place);

  /// The weights have changed: the same codes are decoded again.
  void refresh();

 signals:
  void latentDimChanged(int latentDim);
  void codeChanged(const std::vector<float>& code);
  void labelChanged(int label);
  void pathChanged();  ///< ends, kind, or what the ends decode to
  void positionChanged(double t);

 private:
  void take(const std::vector<float>& code, qint64 digit);
  void followDigits();
  /// The code of a test picture; empty where it has none of the right length.
  std::vector<float> codeOf(qint64 digit) const;
  void askPath();
  void askCode();

  ExplorerService* m_explorer;
  int m_latentDim = 0;
  int m_steps = 1;
  qint64 m_digit = -1;
  qint64 m_awaited = -1;  ///< the digit to go to when it has a code
  std::vector<float> m_code;
  int m_label = 0;
  std::array<End, 2> m_ends;
  Way m_way = Way::Linear;
  std::vector<float> m_shortest;  ///< [m, L]; empty: none is known
  double m_position = 0.5;
  bool m_onPath = false;  ///< the current code is the one at m_position
};

}  // namespace latent::ui
