#pragma once

#include <QByteArray>
#include <QStringList>
#include <QVector>
#include <string>

namespace latent::ui {

/// A field as RFC 4180 has it: in quotes where it holds a comma, a quote or a new line.
std::string csvField(const std::string& text);
/// A line for each row, UTF-8.
QByteArray csvOf(const QVector<QStringList>& rows);

}  // namespace latent::ui
