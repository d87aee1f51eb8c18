#pragma once

#include "ui/overlays/overlay.h"

namespace latent::ui {

/// How far the decoder moves a picture for a step of the code, as a heat field.
class DecoderStretchOverlay : public Overlay {
 public:
  Description description() const override;
  QString whyNot(const OverlaySubject& subject) const override;
  std::shared_ptr<const MapDrawing> draw(const OverlaySubject& subject,
                                         const std::function<bool()>& interrupted) const override;
};

}  // namespace latent::ui
