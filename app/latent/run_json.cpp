#include "run_json.h"

#include <algorithm>

namespace latent::app {
namespace {

using Json = nlohmann::ordered_json;

template <typename Values>
void add_terms(Json& json, const Values& terms, const ModelInfo& model) {
  for (std::size_t i = 0; i < std::min(terms.size(), model.loss_terms.size()); ++i) {
    json[model.loss_terms[i].id] = terms[i];
  }
}

}  // namespace

Json loss_as_json(const LossPoint& point, const ModelInfo& model) {
  Json json{{"epoch", point.epoch},
            {"step", point.step},
            {"part", point.part == LossPoint::Part::Train ? "train" : "validation"},
            {"total", point.total}};
  add_terms(json, point.terms, model);
  return json;
}

Json evaluation_as_json(const Evaluation& evaluation, const ModelInfo& model) {
  Json json{{"images", evaluation.images}, {"total", evaluation.total}};
  add_terms(json, evaluation.terms, model);
  return json;
}

Json run_as_json(const RunFileInfo& info, const ModelInfo& model) {
  Json knobs = Json::array();
  for (const KnobChange& change : info.knobs) {
    knobs.push_back({{"step", change.step}, {"id", change.id}, {"value", change.value}});
  }
  Json history = Json::array();
  for (const LossPoint& point : info.history) history.push_back(loss_as_json(point, model));
  const Json record = Json::parse(info.record_json, nullptr, /*allow_exceptions=*/false);
  return {{"file", info.path.string()},
          {"config", Json::parse(to_json(info.config))},
          {"data_title", info.data_title},
          {"data_fingerprint", info.data_fingerprint},
          {"program_version", info.program_version},
          {"saved_at", info.saved_at},
          {"step", info.step},
          {"epoch", info.epoch},
          {"seed", info.seed},
          {"parameters", info.parameters},
          {"finished", info.finished},
          {"knobs", knobs},
          {"history", history},
          {"record", record.is_discarded() ? Json::object() : record}};
}

}  // namespace latent::app
