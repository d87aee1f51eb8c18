#pragma once

#include <QWidget>

#include "ui/plots/latent_map.h"

class QAction;
class QButtonGroup;
class QToolButton;

namespace latent::ui {

/// What the mouse does on the map, as buttons with names and keys, and what is shown.
class MapToolBar : public QWidget {
  Q_OBJECT

 public:
  explicit MapToolBar(QWidget* parent = nullptr);

  void setTool(LatentMap::Tool tool);
  void setFollowing(bool follow);
  void setManifoldVisible(bool visible);
  void setManifoldAvailable(bool available);
  void setThumbnails(bool visible, bool available);
  /// The entries of the menu; none hides it.
  void setOverlays(const QVector<LatentMap::OverlayChoice>& choices);
  void openOverlays();

  QSize minimumSizeHint() const override;

 signals:
  void toolChosen(latent::ui::LatentMap::Tool tool);
  void fitChosen();
  void followChosen(bool follow);
  void manifoldChosen(bool visible);
  void thumbnailsChosen(bool visible);
  void overlayChosen(const QString& id, bool shown);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void arrange();

  QButtonGroup* m_tools = nullptr;
  QToolButton* m_fit = nullptr;
  QToolButton* m_follow = nullptr;
  QToolButton* m_manifold = nullptr;
  QToolButton* m_thumbnails = nullptr;
  QToolButton* m_overlays = nullptr;
  QVector<QAction*> m_overlayEntries;
  QVector<LatentMap::OverlayChoice> m_overlayChoices;
};

}  // namespace latent::ui
