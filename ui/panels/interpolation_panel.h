#pragma once

#include <QImage>
#include <QVector>
#include <QWidget>
#include <array>
#include <filesystem>
#include <vector>

#include "latent/dataset.h"
#include "ui/background_task.h"

class QComboBox;
class QLabel;
class QSlider;
class QTimer;
class QToolButton;

namespace latent::ui {

class Exploration;
class ExplorerService;
class FilmStrip;
class ImageView;
class RunController;

/// The path between two codes A and B: its pictures, the place on it, and its export.
class InterpolationPanel : public QWidget {
  Q_OBJECT

 public:
  InterpolationPanel(RunController* run, ExplorerService* explorer, Exploration* exploration,
                     QWidget* parent = nullptr);

  /// The pictures of the path as one row, PNG.
  void exportStrip(const std::filesystem::path& path);
  /// The path there and back as an endless film, GIF.
  void exportGif(const std::filesystem::path& path);

 public slots:
  void setPlaying(bool playing);
  void pickEnd(int which);

 signals:
  void exported(const QString& path);
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  void followRun();
  void followPath();
  void showEnd(int which, const QImage& picture);
  void advance();
  void askExport(const QString& filter, bool film);
  void exportFrames(const std::filesystem::path& path, bool film);
  void write(const std::vector<float>& pixels, ImageShape shape);

  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
  BackgroundTask m_writing;
  std::filesystem::path m_exportPath;
  bool m_exportFilm = false;
  std::array<QToolButton*, 2> m_pick{};
  std::array<ImageView*, 2> m_ends{};
  FilmStrip* m_strip = nullptr;
  QSlider* m_slider = nullptr;
  QComboBox* m_kind = nullptr;
  QToolButton* m_play = nullptr;
  QToolButton* m_swap = nullptr;
  QToolButton* m_export = nullptr;
  QLabel* m_position = nullptr;
  QTimer* m_timer = nullptr;
  int m_direction = 1;
};

}  // namespace latent::ui
