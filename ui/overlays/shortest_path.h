#pragma once

#include "ui/overlays/overlay.h"

namespace latent::ui {

/// What was found: codes [m, L] at even shares of the path; none where the straight one is no
/// longer.
class ShortestPathDrawing : public PlaneLines {
 public:
  std::vector<float> codes;
};

/// The path between the ends of the interpolation along which the picture changes least.
class ShortestPathOverlay : public Overlay {
 public:
  Description description() const override;
  QString whyNot(const OverlaySubject& subject) const override;
  std::shared_ptr<const MapDrawing> draw(const OverlaySubject& subject,
                                         const std::function<bool()>& interrupted) const override;
};

}  // namespace latent::ui
