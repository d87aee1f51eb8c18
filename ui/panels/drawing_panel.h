#pragma once

#include <QImage>
#include <QWidget>
#include <optional>

#include "ui/encoded_drawing.h"

class QLabel;
class QPushButton;
class QToolButton;

namespace latent::ui {

class DrawingCanvas;
class Exploration;
class ExploredRun;
class ExplorerService;
class ImageView;
class LatentMap;
class RunController;

/// A pad to draw on: what is drawn is shown as the network sees it, encoded while it is drawn, and
/// appears on every open map with its posterior, its reconstruction and its error.
class DrawingPanel : public QWidget {
  Q_OBJECT

 public:
  DrawingPanel(RunController* run, ExplorerService* explorer, Exploration* exploration,
               LatentMap* map, QWidget* parent = nullptr);

  DrawingCanvas* canvas() const { return m_canvas; }
  /// Nothing while the drawing is blank.
  const std::optional<EncodedDrawing::Values>& encoded() const { return m_encoded->values(); }
  /// What a run beside the current one makes of it is shown too, and marked on its map; null: there
  /// is none.
  void setBeside(ExploredRun* beside, LatentMap* map);
  /// Takes a picture from elsewhere as the drawing.
  void take(const QImage& picture);

 public slots:
  void paste();

 signals:
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  QWidget* makeTools();
  void followRun();
  void showValues();
  void showBeside();

  RunController* m_run;
  EncodedDrawing* m_encoded = nullptr;
  EncodedDrawing* m_beside = nullptr;
  DrawingCanvas* m_canvas = nullptr;
  QLabel* m_framing = nullptr;
  ImageView* m_seen = nullptr;
  ImageView* m_reconstruction = nullptr;
  ImageView* m_besideReconstruction = nullptr;
  QLabel* m_facts = nullptr;
  QLabel* m_besideFacts = nullptr;
  QPushButton* m_goThere = nullptr;
};

}  // namespace latent::ui
