#include "latent/left_out_class.h"

#include <algorithm>
#include <charconv>
#include <memory>

#include "data/data_source.h"
#include "data/split.h"
#include "latent/error.h"

namespace latent {
namespace {

constexpr const char* kWithout = "without";

/// Of what follows "without:".
std::optional<LeftOutClass> parsed_left_out(const std::string& argument) {
  const std::size_t colon = argument.find(':');
  if (colon == std::string::npos || colon + 1 == argument.size()) return std::nullopt;
  LeftOutClass left_out;
  const char* end = argument.data() + colon;
  const auto [rest, error] = std::from_chars(argument.data(), end, left_out.label);
  if (error != std::errc{} || rest != end || left_out.label < 0) return std::nullopt;
  left_out.data = argument.substr(colon + 1);
  return left_out;
}

/// Other data, less a class.
class WithoutClass : public DataSource {
 public:
  DataSourceInfo info() const override {
    DataSourceInfo info;
    info.id = kWithout;
    info.title = "Without a class";
    return info;
  }
  bool takes_path() const override { return true; }
  DataSplit load(const std::string& argument, const DataOptions& options,
                 const ProgressFunction& progress, std::stop_token stop) const override {
    const std::optional<LeftOutClass> left_out = parsed_left_out(argument);
    if (!left_out) {
      throw Error(ErrorCode::InvalidConfig,
                  "Data without a class are without:CLASS:DATA, as in without:1:mnist; found "
                  "without:" +
                      argument + ".");
    }
    return without_class(load_data(left_out->data, options, progress, std::move(stop)),
                         left_out->label);
  }
};

const DataSourceEntry without_class_entry(140, std::make_unique<WithoutClass>());

}  // namespace

std::string to_specification(const LeftOutClass& left_out) {
  return std::string(kWithout) + ":" + std::to_string(left_out.label) + ":" + left_out.data;
}

std::optional<LeftOutClass> left_out_class(const std::string& specification) {
  const std::string start = std::string(kWithout) + ":";
  if (!specification.starts_with(start)) return std::nullopt;
  return parsed_left_out(specification.substr(start.size()));
}

DataSplit without_class(const DataSplit& data, int label) {
  const auto classes = data.train ? data.train->class_names.size() : std::size_t{0};
  if (label < 0 || static_cast<std::size_t>(label) >= classes) {
    throw Error(ErrorCode::InvalidConfig,
                classes == 0
                    ? data.title + " has no classes, so that none can be left out."
                    : "The class to leave out must be from 0 to " + std::to_string(classes - 1) +
                          " for " + data.title + "; found " + std::to_string(label) + ".");
  }
  const auto has_it = [&](const std::shared_ptr<const Dataset>& part) {
    return part && std::find(part->labels.begin(), part->labels.end(), label) != part->labels.end();
  };
  if (!has_it(data.train) && !has_it(data.validation)) return data;
  DataSplit split = data;
  const auto keep = [&](const std::shared_ptr<const Dataset>& part,
                        std::vector<std::int64_t>& index) {
    if (!part) return part;
    std::vector<std::int64_t> rows;
    std::vector<std::int64_t> kept;
    for (std::int64_t row = 0; row < part->size(); ++row) {
      if (part->labels[static_cast<std::size_t>(row)] == label) continue;
      rows.push_back(row);
      if (!index.empty()) kept.push_back(index[static_cast<std::size_t>(row)]);
    }
    index = std::move(kept);
    return take_rows(*part, rows);
  };
  const std::string& name = data.train->class_names[static_cast<std::size_t>(label)];
  split.train = keep(data.train, split.train_index);
  if (split.train->size() == 0) {
    throw Error(ErrorCode::InvalidConfig,
                "Without class " + name + " " + data.title + " has nothing left to train on.");
  }
  split.validation = keep(data.validation, split.validation_index);
  split.title += " without class " + name;
  split.fingerprint += "-without-" + std::to_string(label);
  return split;
}

}  // namespace latent
