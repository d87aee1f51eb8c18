#include "training/run_file.h"

#include <chrono>
#include <cmath>
#include <cstring>
#include <ctime>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "latent/error.h"
#include "models/registry.h"
#include "session/trainer.h"

namespace latent::training {
namespace {

using Json = nlohmann::json;

constexpr const char* kFormat = "latent-studio run";
constexpr const char* kFormatVersion = "1";

[[noreturn]] void corrupt(const std::filesystem::path& path, const std::string& what) {
  throw Error{ErrorCode::RunFileCorrupt, "Cannot read the run file " + path.string() + ": " + what};
}

TensorType type_of(const torch::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case torch::kFloat32:
      return TensorType::F32;
    case torch::kFloat64:
      return TensorType::F64;
    case torch::kInt64:
      return TensorType::I64;
    case torch::kInt32:
      return TensorType::I32;
    case torch::kUInt8:
      return TensorType::U8;
    default:
      throw Error{ErrorCode::Internal, "A run cannot hold tensors of type " +
                                           std::string{toString(tensor.scalar_type())} + "."};
  }
}

std::string now_utc() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

Json knobs_to_json(const std::vector<KnobChange>& knobs) {
  Json json = Json::array();
  for (const KnobChange& knob : knobs) {
    json.push_back({{"step", knob.step}, {"id", knob.id}, {"value", knob.value}});
  }
  return json;
}

std::vector<KnobChange> knobs_from_json(const Json& json) {
  std::vector<KnobChange> knobs;
  for (const Json& each : json) {
    knobs.push_back({each.at("step").get<std::int64_t>(), each.at("id").get<std::string>(),
                     each.at("value").get<double>()});
  }
  return knobs;
}

/// [part, step, epoch, total, terms…] for each point.
Json history_to_json(const std::vector<LossPoint>& history) {
  Json json = Json::array();
  for (const LossPoint& point : history) {
    Json row = {point.part == LossPoint::Part::Train ? "train" : "validation", point.step,
                point.epoch, point.total};
    for (const float term : point.terms) row.push_back(term);
    json.push_back(std::move(row));
  }
  return json;
}

std::vector<LossPoint> history_from_json(const Json& json) {
  // JSON has no number that is not finite: it holds null instead.
  const auto number = [](const Json& value) {
    return value.is_null() ? std::numeric_limits<float>::quiet_NaN() : value.get<float>();
  };
  std::vector<LossPoint> history;
  for (const Json& row : json) {
    LossPoint point;
    point.part = row.at(0).get<std::string>() == "train" ? LossPoint::Part::Train
                                                         : LossPoint::Part::Validation;
    point.step = row.at(1).get<std::int64_t>();
    point.epoch = row.at(2).get<double>();
    point.total = number(row.at(3));
    for (std::size_t i = 4; i < row.size(); ++i) point.terms.push_back(number(row.at(i)));
    history.push_back(std::move(point));
  }
  return history;
}

std::map<std::string, std::string> metadata_of(const RunHeader& header) {
  const RunFileInfo& info = header.info;
  const Json data = {{"title", info.data_title},
                     {"fingerprint", info.data_fingerprint},
                     {"channels", header.shape.channels},
                     {"height", header.shape.height},
                     {"width", header.shape.width},
                     {"classes", header.classes},
                     {"training_images", header.training_images}};
  const Json progress = {{"step", info.step},
                         {"epoch", info.epoch},
                         {"finished", info.finished},
                         {"parameters", info.parameters}};
  return {{"format", kFormat},
          {"format_version", kFormatVersion},
          {"program_version", info.program_version},
          {"saved_at", now_utc()},
          {"config", to_json(info.config)},
          {"seed", std::to_string(info.seed)},
          // A file's name, and so the title, need not be UTF-8.
          {"data", data.dump(-1, ' ', false, Json::error_handler_t::replace)},
          {"progress", progress.dump()},
          {"knobs", knobs_to_json(info.knobs).dump()},
          {"knob_values", Json(header.knob_values).dump()},
          {"history", history_to_json(info.history).dump()},
          {"record", info.record_json}};
}

}  // namespace

void write_run(const std::filesystem::path& path, const RunHeader& header,
               const NamedTensors& tensors) {
  const NamedTensors owned = cloned(tensors);
  std::vector<TensorBytes> bytes;
  for (const auto& [name, tensor] : owned) {
    bytes.push_back({name,
                     type_of(tensor),
                     tensor.sizes().vec(),
                     {static_cast<const std::byte*>(tensor.data_ptr()), tensor.nbytes()}});
  }
  write_safetensors(path, std::move(bytes), metadata_of(header));
}

RunHeader parse_run_header(const std::filesystem::path& path,
                           const std::map<std::string, std::string>& metadata) {
  const auto text = [&](const std::string& key) -> const std::string& {
    const auto found = metadata.find(key);
    if (found == metadata.end()) {
      corrupt(path,
              "it is a safetensors file, but not a run of this program: its metadata has no '" +
                  key + "'.");
    }
    return found->second;
  };
  if (text("format") != kFormat) {
    corrupt(path, "its metadata says '" + text("format") + "', expected '" + kFormat + "'.");
  }
  if (text("format_version") != kFormatVersion) {
    corrupt(path, "it is of version " + text("format_version") + ", this program reads version " +
                      kFormatVersion + ".");
  }
  RunHeader header;
  RunFileInfo& info = header.info;
  info.path = path;
  info.program_version = text("program_version");
  info.saved_at = text("saved_at");
  info.record_json = text("record");
  try {
    info.config = training_config_from_json(text("config"));
    const ModelInfo& model = models::registered_model(info.config.model);
    validate(info.config, model);
    info.seed = info.config.seed;
    const Json data = Json::parse(text("data"));
    info.data_title = data.at("title").get<std::string>();
    info.data_fingerprint = data.at("fingerprint").get<std::string>();
    header.shape = {data.at("channels").get<int>(), data.at("height").get<int>(),
                    data.at("width").get<int>()};
    header.classes = data.at("classes").get<int>();
    header.training_images = data.at("training_images").get<std::int64_t>();
    const Json progress = Json::parse(text("progress"));
    info.step = progress.at("step").get<std::int64_t>();
    info.epoch = progress.at("epoch").get<double>();
    info.finished = progress.at("finished").get<bool>();
    info.parameters = progress.at("parameters").get<std::int64_t>();
    info.knobs = knobs_from_json(Json::parse(text("knobs")));
    info.history = history_from_json(Json::parse(text("history")));
    header.knob_values = Json::parse(text("knob_values")).get<std::map<std::string, double>>();
    for (const auto& [id, value] : header.knob_values) {
      const Hyperparameter* knob = find_hyperparameter(model, id);
      if (knob == nullptr || knob->hot) check_knob(model, id, value);
    }
    if (!Json::parse(info.record_json).is_object()) corrupt(path, "its record is not an object.");
    for (const LossPoint& point : info.history) {
      if (point.terms.size() != model.loss_terms.size()) {
        corrupt(path, "its history has " + std::to_string(point.terms.size()) +
                          " loss terms, expected " + std::to_string(model.loss_terms.size()) + ".");
      }
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::RunFileCorrupt) throw;
    corrupt(path, error.what());
  } catch (const Json::exception& exception) {
    throw Error{ErrorCode::RunFileCorrupt,
                "Cannot read the run file " + path.string() + ": its metadata is damaged.",
                exception.what()};
  }
  constexpr int kLargestSide = 1 << 14;
  const ImageShape& shape = header.shape;
  if (shape.channels < 1 || shape.channels > 4 || shape.height < 1 || shape.height > kLargestSide ||
      shape.width < 1 || shape.width > kLargestSide || header.classes < 0 ||
      header.training_images < 1) {
    corrupt(path, "its metadata describes pictures of " + std::to_string(shape.channels) + " × " +
                      std::to_string(shape.height) + " × " + std::to_string(shape.width) + " and " +
                      std::to_string(header.training_images) +
                      " training images, which cannot be.");
  }
  return header;
}

void check_same_data(const RunHeader& header, const DataSplit& data) {
  const RunFileInfo& info = header.info;
  const auto shape_text = [](const ImageShape& shape) {
    return std::to_string(shape.channels) + " × " + std::to_string(shape.height) + " × " +
           std::to_string(shape.width);
  };
  if (!data.train || !(data.train->shape == header.shape)) {
    throw Error{ErrorCode::ShapeMismatch,
                "The run " + info.path.string() + " was trained on pictures of " +
                    shape_text(header.shape) + ", " + data.title + " has " +
                    (data.train ? shape_text(data.train->shape) : "none") + "."};
  }
  if (data.fingerprint != info.data_fingerprint || data.train->size() != header.training_images) {
    throw Error{ErrorCode::ShapeMismatch,
                "The run " + info.path.string() + " was trained on " + info.data_title + " (" +
                    std::to_string(header.training_images) +
                    " images) and cannot be continued on " + data.title + " (" +
                    std::to_string(data.train->size()) +
                    " images): it may have been trained on what is now kept for testing."};
  }
}

void read_tensors(const SafetensorsFile& file, const std::string& prefix,
                  const NamedTensors& targets) {
  std::vector<std::span<const std::byte>> sources;
  for (const auto& [name, tensor] : targets) {
    sources.push_back(file.tensor(prefix + name, type_of(tensor), tensor.sizes()));
  }
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const torch::Tensor& target = targets[i].second;
    if (sources[i].empty()) continue;
    if (target.is_contiguous()) {
      std::memcpy(target.data_ptr(), sources[i].data(), sources[i].size());
    } else {
      const torch::Tensor plain = torch::empty(target.sizes(), target.options());
      std::memcpy(plain.data_ptr(), sources[i].data(), sources[i].size());
      target.copy_(plain);
    }
  }
}

std::vector<std::string> differing_tensors(const SafetensorsFile& file,
                                           const NamedTensors& tensors) {
  std::vector<std::string> different;
  for (const auto& [name, tensor] : tensors) {
    const std::span<const std::byte> bytes = file.tensor(name, type_of(tensor), tensor.sizes());
    const torch::Tensor plain = tensor.detach().contiguous();
    if (!bytes.empty() && std::memcmp(bytes.data(), plain.data_ptr(), bytes.size()) != 0) {
      different.push_back(name);
    }
  }
  return different;
}

NamedTensors prefixed(const std::string& prefix, NamedTensors tensors) {
  for (auto& [name, tensor] : tensors) name.insert(0, prefix);
  return tensors;
}

}  // namespace latent::training
