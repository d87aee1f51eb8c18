#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QJsonValue>
#include <memory>
#include <vector>

#include "ui/explorer_service.h"

namespace latent::ui {

QJsonArray jsonFloats(const std::vector<float>& numbers);  ///< what is not finite as null
/// null as NaN; what is no number as 0.
std::vector<float> floatsOf(const QJsonValue& json);

/// What has been fitted to draw the map: its plane, where it was turned to, UMAP's layout with its
/// settings, and codes that were searched for.
QJsonObject mapMemory(const ExplorerService& explorer);

/// For an explorer that shows the same weights and has no map yet: its first will lie as that one
/// did. What does not fit together is passed over.
void recallMap(ExplorerService& explorer, const QJsonObject& memory);

}  // namespace latent::ui
