#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "bakeoff/chart.h"
#include "bakeoff/class_colours.h"
#include "bakeoff/files.h"
#include "bakeoff/number.h"
#include "bakeoff/task.h"
#include "latent/atomic_file.h"
#include "latent/bakeoff.h"
#include "latent/error.h"

namespace latent {

using namespace bakeoff;

namespace {

namespace fs = std::filesystem;

constexpr const char* kStyle = R"(
body{font:15px/1.5 system-ui,sans-serif;max-width:1320px;margin:2rem auto;padding:0 1rem;color:#1d2430;background:#fff}
h1{font-size:1.7rem;margin-bottom:.2rem}h2{margin-top:2.2rem;font-size:1.2rem}h3{font-size:1rem;margin:.2rem 0}
.table{overflow-x:auto;font-size:.87rem}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .5rem;text-align:right;border-bottom:1px solid #dfe3ea}th:first-child,td:first-child{text-align:left;position:sticky;left:0;background:#fff}
td{white-space:nowrap}th{font-weight:600;vertical-align:bottom}.best{font-weight:700;background:#e8f1fb}.published{color:#6a7383;font-size:.85em;display:block}
.system{display:grid;grid-template-columns:minmax(0,640px) 1fr;gap:1.5rem;border-top:1px solid #dfe3ea;padding:1rem 0}
.system img{image-rendering:pixelated;max-width:100%;display:block;margin:.2rem 0 .7rem}.system .map{image-rendering:auto}
.maps{display:flex;flex-wrap:wrap;gap:1rem;align-items:flex-end}.maps figure{flex:1 1 240px}figure{margin:0}
.legend span{display:inline-block;width:.75em;height:.75em;border-radius:50%;margin:0 .3em 0 .7em}
figcaption,.note{color:#5a6373;font-size:.88rem}svg{background:#fff;max-width:100%}
pre{background:#f4f6f9;padding:.8rem;overflow:auto;font-size:.85rem}
@media(max-width:800px){.system{grid-template-columns:1fr}}
)";

/// RFC 4648.
std::string base64(const std::string& bytes) {
  constexpr const char* kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8U | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += k <= count ? kDigits[group >> (18U - 6U * k) & 63U] : '=';
    }
  }
  return text;
}

std::string table_html(const std::vector<BakeoffRow>& rows) {
  const std::vector<BakeoffColumn> columns = measured_columns(rows);
  std::string html = "<div class=\"table\"><table><thead><tr><th>System</th>";
  for (const BakeoffColumn& column : columns) {
    html += "<th title=\"" + escaped(column.help) + "\">" + escaped(column.title) +
            (column.unit.empty() ? "" : "<br><small>" + escaped(column.unit) + "</small>") +
            "</th>";
  }
  html += "</tr></thead><tbody>";
  for (const BakeoffRow& row : rows) {
    html += "<tr><td>" + escaped(row.competitor.title) + "</td>";
    for (const BakeoffColumn& column : columns) {
      const auto found = row.figures.find(column.id);
      if (found == row.figures.end()) {
        const auto why = row.missing.find(column.id);
        html += "<td title=\"" +
                escaped(why == row.missing.end() ? "Not measured yet." : why->second) + "\">–</td>";
        continue;
      }
      const BakeoffFigure& figure = found->second;
      const auto remark = row.remarks.find(column.id);
      html += figure.best ? "<td class=\"best\"" : "<td";
      if (remark != row.remarks.end()) html += " title=\"" + escaped(remark->second) + "\"";
      html += ">";
      html += number(figure.mean, column.decimals);
      if (figure.seeds > 1) html += " ± " + number(figure.deviation, column.decimals);
      if (figure.published) {
        html += "<span class=\"published\">published " +
                number(*figure.published, column.decimals) + "</span>";
      }
      html += "</td>";
    }
    html += "</tr>";
  }
  return html + "</tbody></table></div>";
}

/// The width of a PNG's header, half as much again: digits of 28 pixels are small on a screen.
std::string magnified(const std::string& png) {
  constexpr std::size_t kWidthAt = 16;
  if (png.size() < kWidthAt + 4) return {};
  std::uint32_t width = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    width = width << 8U | static_cast<unsigned char>(png[kWidthAt + i]);
  }
  return "width=\"" + std::to_string(width + width / 2) + "\" ";
}

std::string picture_html(const fs::path& folder, const std::string& competitor,
                         const BakeoffPicture& picture) {
  const fs::path path = picture_path(folder, competitor, picture.kind);
  if (!fs::exists(path)) return {};
  const std::string caption = escaped(picture.caption);
  const std::string png = read_text(path);
  return "<figure><figcaption>" + caption + "</figcaption><img " +
         (picture.map ? "class=\"map\" " : magnified(png)) + "alt=\"" + caption +
         "\" src=\"data:image/png;base64," + base64(png) + "\"></figure>";
}

/// Which colour is which class.
std::string legend_html(const std::vector<std::string>& classes) {
  std::string html;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const std::uint8_t* colour = kClassColours[i % kClassColourCount];
    html += "<span style=\"background:rgb(" + std::to_string(colour[0]) + "," +
            std::to_string(colour[1]) + "," + std::to_string(colour[2]) + ")\"></span>" +
            escaped(classes[i]) + " ";
  }
  if (html.empty()) return {};
  const bool repeated = classes.size() > kClassColourCount;
  return "<p class=\"legend\">" + html + (repeated ? "(colours repeat)" : "") + "</p>";
}

/// A plot of the report: its heading, a note, and the name of its file.
struct Plot {
  std::string title;
  std::string note;
  std::string file;
  Chart chart;
};

Plot learning_curves(const Engine& engine, const fs::path& folder, const BakeoffConfig& config) {
  Plot plot{"Learning curves",
            "Validation loss of seed 1, all its terms; systems with other terms are not comparable "
            "by it.",
            "learning-curves.svg",
            {"epoch", "validation loss, nats per image"}};
  for (const BakeoffCompetitor& competitor : config.competitors) {
    const fs::path path = run_path(folder, competitor.id, 1);
    if (!fs::exists(path)) continue;
    std::vector<std::pair<double, double>> points;
    for (const LossPoint& point : engine.read_run_info(path).history) {
      if (point.part != LossPoint::Part::Validation || !std::isfinite(point.total)) continue;
      points.emplace_back(point.epoch, static_cast<double>(point.total));
    }
    plot.chart.add(competitor.title, std::move(points));
  }
  return plot;
}

Plot roc_curves(const BakeoffConfig& config, const std::vector<BakeoffResult>& results) {
  Plot plot{"Finding what training never saw",
            "ROC of seed 1: the class that was left out against the rest of the test set, by the "
            "loss of the reconstruction. Below the diagonal that class is rebuilt better than what "
            "was trained on.",
            "roc.svg",
            {"false positive rate", "true positive rate"}};
  for (const BakeoffCompetitor& competitor : config.competitors) {
    for (const BakeoffResult& result : results) {
      if (result.competitor != competitor.id || result.seed != 1) continue;
      std::vector<std::pair<double, double>> points;
      for (std::size_t i = 0; i + 1 < result.roc.size(); i += 2) {
        points.emplace_back(result.roc[i], result.roc[i + 1]);
      }
      plot.chart.add(competitor.title, std::move(points));
    }
  }
  if (!plot.chart.empty()) plot.chart.add("by chance", {{0.0, 0.0}, {1.0, 1.0}});
  return plot;
}

/// Mean over the seeds of the figures "PREFIX" + number, by the number.
std::vector<std::pair<double, double>> by_labels(const std::vector<BakeoffResult>& results,
                                                 const std::string& competitor,
                                                 const std::string& prefix) {
  std::map<double, std::pair<double, int>> sums;
  for (const BakeoffResult& result : results) {
    if (result.competitor != competitor) continue;
    for (const auto& [id, value] : result.figures) {
      if (!id.starts_with(prefix)) continue;
      auto& [sum, count] = sums[std::stod(id.substr(prefix.size()))];
      sum += value;
      ++count;
    }
  }
  std::vector<std::pair<double, double>> points;
  for (const auto& [labels, sum] : sums) points.emplace_back(labels, sum.first / sum.second);
  return points;
}

Plot pre_training(const BakeoffConfig& config, const std::vector<BakeoffResult>& results) {
  Plot plot{"Is training without labels worth it?",
            "Test accuracy of a classifier that begins as the trained encoder, against the number "
            "of labels that it is fine-tuned with; dashed, the same network from random weights. "
            "Mean over the seeds.",
            "pre-training.svg",
            Chart{"labelled training images", "accuracy", Chart::Axis::Logarithmic}};
  for (const BakeoffCompetitor& competitor : config.competitors) {
    plot.chart.add(competitor.title, by_labels(results, competitor.id, kFineTuned),
                   by_labels(results, competitor.id, kFromScratch));
  }
  return plot;
}

std::vector<Plot> plots_of(const Engine& engine, const fs::path& folder,
                           const BakeoffConfig& config, const std::vector<BakeoffResult>& results) {
  std::vector<Plot> drawn;
  for (Plot& plot : std::vector<Plot>{learning_curves(engine, folder, config),
                                      roc_curves(config, results), pre_training(config, results)}) {
    if (!plot.chart.empty()) drawn.push_back(std::move(plot));
  }
  return drawn;
}

std::string report_html(const Engine& engine, const fs::path& folder, const BakeoffConfig& config,
                        const std::vector<BakeoffResult>& results, const std::vector<Plot>& plots) {
  std::string html =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><title>Bake-off on " +
      escaped(config.training.data) + "</title><style>" + kStyle + "</style></head><body>";
  html += "<h1>Which autoencoder for which task?</h1><p class=\"note\">" +
          escaped(config.training.data) + ", " + std::to_string(config.training.epochs) +
          " epochs, " + std::to_string(config.training.latent_dim) +
          " latent dimensions, seeds 1 to " + std::to_string(config.seeds) +
          ": mean ± standard deviation. " + std::to_string(results.size()) + " of " +
          std::to_string(config.competitors.size() * static_cast<std::size_t>(config.seeds)) +
          " runs are in. The best of each column is marked. Published figures are of one run each "
          "(github.com/tilman151/ae_bakeoff).</p>";
  html += table_html(summarize(config, results));
  for (const Plot& plot : plots) {
    html += "<h2>" + escaped(plot.title) + "</h2><p class=\"note\">" + escaped(plot.note) + "</p>" +
            plot.chart.svg();
  }
  html +=
      "<h2>Pictures</h2><p class=\"note\">Of seed 1. Paths join two test images in a straight "
      "line; maps show every test code, by class.</p>" +
      legend_html(read_class_names(folder));
  for (const BakeoffCompetitor& competitor : config.competitors) {
    std::string strips;
    std::string maps;
    for (const BakeoffTaskInfo& task : bakeoff_tasks()) {
      for (const BakeoffPicture& picture : task.pictures) {
        (picture.map ? maps : strips) += picture_html(folder, competitor.id, picture);
      }
    }
    if (strips.empty() && maps.empty()) continue;
    html += "<section class=\"system\"><div><h3>" + escaped(competitor.title) + "</h3>" + strips +
            "</div><div class=\"maps\">" + maps + "</div></section>";
  }
  html += "<h2>How it was made</h2><pre>" + escaped(read_text(config_path(folder))) + "</pre><pre>";
  for (const auto& [name, version] : engine.versions()) {
    html += escaped(name + "  " + version) + "\n";
  }
  return html + "</pre></body></html>\n";
}

/// A field of RFC 4180.
std::string csv_field(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string{"\"\""} : std::string{c};
  return quoted + "\"";
}

std::string results_csv(const BakeoffConfig& config, const std::vector<BakeoffResult>& results) {
  std::string csv = "competitor,title,model,seed";
  for (const BakeoffColumn& column : bakeoff_columns()) csv += "," + column.id;
  csv += "\r\n";
  for (const BakeoffResult& result : results) {
    const auto competitor =
        std::find_if(config.competitors.begin(), config.competitors.end(),
                     [&](const auto& each) { return each.id == result.competitor; });
    if (competitor == config.competitors.end()) continue;
    csv += csv_field(competitor->id) + "," + csv_field(competitor->title) + "," +
           csv_field(competitor->model) + "," + std::to_string(result.seed);
    for (const BakeoffColumn& column : bakeoff_columns()) {
      const auto figure = result.figures.find(column.id);
      csv += "," + (figure == result.figures.end() ? std::string{} : number(figure->second, 6));
    }
    csv += "\r\n";
  }
  return csv;
}

std::string results_json(const Engine& engine, const fs::path& folder, const BakeoffConfig& config,
                         const std::vector<BakeoffResult>& results) {
  nlohmann::ordered_json document;
  document["configuration"] = nlohmann::ordered_json::parse(read_text(config_path(folder)));
  document["versions"] = nlohmann::ordered_json::object();
  for (const auto& [name, version] : engine.versions()) document["versions"][name] = version;
  document["rows"] = nlohmann::ordered_json::array();
  for (const BakeoffRow& row : summarize(config, results)) {
    nlohmann::ordered_json figures = nlohmann::ordered_json::object();
    for (const auto& [id, figure] : row.figures) {
      figures[id] = {
          {"mean", figure.mean}, {"deviation", figure.deviation}, {"seeds", figure.seeds}};
      if (figure.published) figures[id]["published"] = *figure.published;
    }
    document["rows"].push_back({{"competitor", row.competitor.id},
                                {"title", row.competitor.title},
                                {"figures", figures},
                                {"missing", row.missing},
                                {"remarks", row.remarks}});
  }
  document["results"] = nlohmann::ordered_json::array();
  for (const BakeoffResult& result : results) {
    document["results"].push_back({{"competitor", result.competitor},
                                   {"seed", result.seed},
                                   {"figures", result.figures},
                                   {"missing", result.missing},
                                   {"remarks", result.remarks}});
  }
  return document.dump(1) + "\n";
}

}  // namespace

void write_bakeoff_report(const Engine& engine, const std::filesystem::path& folder,
                          const BakeoffConfig& config, const std::vector<BakeoffResult>& results) {
  const auto write = [&](const char* name, const std::string& text) {
    write_atomically(folder / name, [&](std::ostream& out) { out << text; });
  };
  write("results.csv", results_csv(config, results));
  write("results.json", results_json(engine, folder, config, results));
  const std::vector<Plot> plots = plots_of(engine, folder, config, results);
  for (const Plot& plot : plots) write(plot.file.c_str(), plot.chart.svg() + "\n");
  write("report.html", report_html(engine, folder, config, results, plots));
}

}  // namespace latent
