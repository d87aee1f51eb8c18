#pragma once

#include "ui/overlays/overlay.h"

namespace latent::ui {

/// Where the prior expects codes; of systems without one, where they are.
class PriorOverlay : public Overlay {
 public:
  Description description() const override;
  QString whyNot(const OverlaySubject& subject) const override;
  std::shared_ptr<const MapDrawing> draw(const OverlaySubject& subject,
                                         const std::function<bool()>& interrupted) const override;
};

}  // namespace latent::ui
