#pragma once

#include <QObject>
#include <QString>
#include <vector>

namespace latent::ui {

class Exploration;

/// A way through the latent space with a name: the difference of two mean codes.
struct Direction {
  QString name;
  std::vector<float> vector;  ///< [L]
};

/// The directions that a person has made for one length of code, kept from start to start, and how
/// far the current code has gone along each. A code that is set elsewhere is a new beginning.
class Directions : public QObject {
  Q_OBJECT

 public:
  explicit Directions(Exploration* exploration, QObject* parent = nullptr);

  const std::vector<Direction>& list() const { return m_list; }
  /// How often the whole direction has been added to the code; 0 at the beginning.
  double amount(int index) const { return m_amounts[static_cast<std::size_t>(index)]; }
  void setAmount(int index, double amount);
  /// The code where all amounts are 0.
  const std::vector<float>& base() const { return m_base; }
  /// Directions that are kept elsewhere, with their amounts from `base` on to the code as it is
  /// now. They come first; a person's own of the same names give way to them.
  void take(const std::vector<Direction>& list, const std::vector<double>& amounts,
            const std::vector<float>& base);

  /// A vector of another length than the code is refused. The name is made unique.
  void add(const QString& name, const std::vector<float>& vector);
  void rename(int index, const QString& name);
  void remove(int index);
  /// A new direction that is the sum of two.
  void combine(int index, int other);

 signals:
  void listChanged();
  void amountsChanged();

 private:
  void load();
  void save() const;
  void begin();
  QString uniqueName(const QString& wanted) const;

  Exploration* m_exploration;
  std::vector<Direction> m_list;
  std::vector<double> m_amounts;
  std::vector<float> m_base;  ///< the code where all amounts are 0
  bool m_applying = false;
};

}  // namespace latent::ui
