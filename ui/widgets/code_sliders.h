#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "latent/snapshot.h"

class QLabel;
class QScrollArea;
class QToolButton;
class QVBoxLayout;

namespace latent::ui {

class CodeSliderRow;

/// A slider and a value box for each latent dimension, hundreds if need be.
class CodeSliders : public QWidget {
  Q_OBJECT

 public:
  explicit CodeSliders(QWidget* parent = nullptr);

  /// Makes `count` sliders at zero; emits nothing.
  void setDimensions(int count);
  int dimensions() const;
  /// Shows `code` [L]; emits nothing. A different length makes as many sliders.
  void setCode(const std::vector<float>& code);
  const std::vector<float>& code() const { return m_code; }
  /// Sliders run over mean ± 3 standard deviations of the data, wider where the code needs it; each
  /// row's reset goes to the mean. Either may be empty: 0 and 1.
  void setDataRange(const std::vector<float>& mean, const std::vector<float>& standardDeviation);
  /// For discrete codes: a slider for each position, stepping through its levels. None: continuous,
  /// a slider for each number.
  void setLevels(const CodeLevels& levels);
  /// Whether "random from the prior" is offered; it only asks, by `randomRequested`.
  void setRandomAvailable(bool available);

  /// "0.5, -1.25, …": what copy gives and paste takes.
  static QString codeToText(const std::vector<float>& code);
  /// Numbers between commas, spaces, semicolons or newlines, brackets allowed. When the text is
  /// nonsense or the count is not `dimensions`: nullopt, and one sentence in `*sentence`.
  static std::optional<std::vector<float>> codeFromText(const QString& text, int dimensions,
                                                        QString* sentence);

 public slots:
  void copyCode();
  void pasteCode();
  void resetAll();

 signals:
  void codeChanged(const std::vector<float>& code);  ///< by the person, at each move
  void randomRequested();
  void errorOccurred(const QString& sentence);

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void rebuild(int count);
  int rowCount() const;
  bool isDiscrete() const {
    return m_levels.positions > 0 && m_levels.positions * m_levels.size == dimensions();
  }
  void makeRows();
  int nearestLevel(int position) const;
  void rowMoved(int row, double value);
  void updateRow(int row);
  void updateRows();

  std::vector<float> m_code;
  std::vector<float> m_mean;
  std::vector<float> m_deviation;
  CodeLevels m_levels;
  std::vector<CodeSliderRow*> m_rows;
  QScrollArea* m_scroll = nullptr;
  QWidget* m_list = nullptr;
  QVBoxLayout* m_listLayout = nullptr;
  QToolButton* m_random = nullptr;
  QLabel* m_sentence = nullptr;
};

}  // namespace latent::ui
