#include "ui/csv.h"

namespace latent::ui {

std::string csvField(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"') result += '"';
    result += letter;
  }
  return result + '"';
}

QByteArray csvOf(const QVector<QStringList>& rows) {
  QByteArray bytes;
  for (const QStringList& row : rows) {
    for (qsizetype i = 0; i < row.size(); ++i) {
      if (i > 0) bytes += ',';
      bytes += QByteArray::fromStdString(csvField(row[i].toStdString()));
    }
    bytes += '\n';
  }
  return bytes;
}

}  // namespace latent::ui
