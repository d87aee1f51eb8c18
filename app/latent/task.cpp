#include <algorithm>
#include <iostream>
#include <memory>
#include <numeric>
#include <stop_token>

#include "arguments.h"
#include "commands.h"
#include "console.h"
#include "help_formatter.h"
#include "latent/tasks.h"
#include "program.h"
#include "run_file.h"

namespace latent::app {
namespace {

struct TaskOptions {
  std::string id;
  RunOptions run;
  double parameter = 0.0;
  bool has_parameter = false;
  std::string mask = "lower-half";
  bool has_mask = false;
  std::uint64_t seed = 1;
  std::filesystem::path out;
  int n = 12;
  int scale = 3;
  bool force = false;
  bool only_pictures = false;
};

using Json = nlohmann::ordered_json;

std::string range_text(const Hyperparameter& parameter) {
  return exact(parameter.minimum) + " … " + exact(parameter.maximum) +
         (parameter.unit.empty() ? "" : " " + parameter.unit) + ", at first " +
         exact(parameter.initial);
}

Json info_json(const TaskInfo& info) {
  return {{"id", info.id},
          {"title", info.title},
          {"explanation", info.explanation},
          {"method", info.method},
          {"parameter",
           {{"id", info.parameter.id},
            {"title", info.parameter.title},
            {"help", info.parameter.help},
            {"unit", info.parameter.unit},
            {"initial", info.parameter.initial},
            {"minimum", info.parameter.minimum},
            {"maximum", info.parameter.maximum},
            {"whole", info.parameter.kind == Hyperparameter::Kind::Integer}}},
          {"hides_pixels", info.hides_pixels}};
}

int list_tasks(const Program& program) {
  if (program.json()) {
    Json list = Json::array();
    for (const Task* task : all_tasks()) list.push_back(info_json(task->info()));
    print_json(list);
    return 0;
  }
  for (const Task* task : all_tasks()) {
    const TaskInfo& info = task->info();
    std::cout << help_entry(info.id, info.explanation + " VALUE: " + info.parameter.title + ", " +
                                         range_text(info.parameter) + ".");
  }
  return 0;
}

int describe_task(const Task& task, const Program& program) {
  const TaskInfo& info = task.info();
  if (program.json()) {
    print_json(info_json(info));
    return 0;
  }
  std::cout << info.title << "  (latent task " << info.id << ")\n";
  for (const std::string& text : {info.explanation, info.method}) {
    for (const std::string& line : wrap(text, 90)) std::cout << "  " << line << "\n";
  }
  std::cout << "\n"
            << help_entry("VALUE", info.parameter.title + ": " + info.parameter.help + " (" +
                                       range_text(info.parameter) + ")");
  return 0;
}

Json result_json(const TaskResult& result) {
  Json figures = Json::array();
  for (const TaskFigure& figure : result.figures) {
    Json json{
        {"id", figure.id}, {"title", figure.title}, {"unit", figure.unit}, {"mean", figure.mean}};
    if (figure.deviation) json["deviation"] = *figure.deviation;
    figures.push_back(json);
  }
  Json curves = Json::array();
  for (const TaskCurve& curve : result.curves) {
    Json lines = Json::array();
    for (const TaskCurve::Line& line : curve.lines) {
      lines.push_back({{"title", line.title}, {"x", line.x}, {"y", line.y}});
    }
    curves.push_back(
        {{"title", curve.title}, {"x", curve.x_title}, {"y", curve.y_title}, {"lines", lines}});
  }
  return {{"images", result.images},
          {"figures", figures},
          {"curves", curves},
          {"remark", result.remark}};
}

void print_result(const TaskResult& result) {
  std::size_t width = 0;
  for (const TaskFigure& figure : result.figures) {
    width = std::max(width, columns_of(figure.title));
  }
  for (const TaskFigure& figure : result.figures) {
    std::cout << "  " << left(figure.title, width + 2) << fixed(figure.mean, figure.decimals);
    if (figure.deviation) std::cout << " ± " << fixed(*figure.deviation, figure.decimals);
    std::cout << (figure.unit.empty() ? "" : " " + figure.unit) << "\n";
  }
  for (const TaskCurve& curve : result.curves) {
    std::cout << "\n" << curve.title << " (" << curve.x_title << " → " << curve.y_title << ")\n";
    for (const TaskCurve::Line& line : curve.lines) {
      std::string text = line.title + ":";
      for (std::size_t i = 0; i < line.x.size(); ++i) {
        text += (i == 0 ? " " : ", ") + exact(static_cast<float>(line.x[i])) + " → " +
                fixed(line.y[i], 4);
      }
      for (const std::string& row : wrap(text, 90)) std::cout << "  " << row << "\n";
    }
  }
  if (!result.remark.empty()) std::cout << "\n";
  for (const std::string& line : wrap(result.remark, 90)) std::cout << line << "\n";
}

/// Each row of the task as one row of tiles.
void write_task_pictures(const TaskOptions& options, const TaskPictures& pictures,
                         const ImageShape& shape, int n) {
  std::vector<float> tiles;
  for (const TaskPictures::Row& row : pictures.rows) {
    tiles.insert(tiles.end(), row.pixels.begin(), row.pixels.end());
  }
  write_png(options.out, tile_pictures(std::span<const float>(tiles), shape, n,
                                       /*gap=*/2 * options.scale, options.scale));
}

int do_task(const TaskOptions& options, const Program& program) {
  const Task& task = find_task(options.id);
  const TaskInfo& info = task.info();
  if (options.run.run.empty()) return describe_task(task, program);
  if (options.has_mask && !info.hides_pixels) {
    throw UsageError(info.title + " hides no pixels: --mask has no meaning for it.");
  }
  if (options.only_pictures && options.out.empty()) {
    throw UsageError("--only-pictures leaves nothing to do without --out.");
  }
  if (!options.out.empty()) {
    expect_ending(options.out, "--out", {".png"});
    expect_free(options.out, options.force);
  }
  const OpenRun run = open_run(options.run.run);
  const Part part = load_part(options.run, run);
  TaskSettings settings;
  settings.parameter = options.has_parameter ? options.parameter : info.parameter.initial;
  settings.seed = options.seed;
  if (info.hides_pixels) settings.hidden = hidden_pixels(options.mask, part.images->shape);
  check_settings(info, settings, part.images->shape);
  if (const std::string reason = task.why_not(*run.model, *part.images); !reason.empty()) {
    throw UsageError(reason);
  }
  const TaskSubject subject{.model = run.model,
                            .config = run.info.config,
                            .engine = &load_engine(),
                            .training = part.training};

  std::string rows_in_words;
  std::string picture_remark;
  if (!options.out.empty()) {
    std::vector<std::int64_t> rows(
        static_cast<std::size_t>(std::min<std::int64_t>(options.n, part.images->size())));
    std::iota(rows.begin(), rows.end(), std::int64_t{0});
    const TaskPictures pictures = task.show(subject, *part.images, rows, settings);
    write_task_pictures(options, pictures, part.images->shape, static_cast<int>(rows.size()));
    for (const TaskPictures::Row& row : pictures.rows) {
      rows_in_words += (rows_in_words.empty() ? "" : ", ") + row.title;
    }
    picture_remark = pictures.remark;
  }
  std::optional<TaskResult> result;
  if (!options.only_pictures) {
    const Interruption interruption;
    std::stop_source stop;
    ProgressLine line;
    result = task.measure(
        subject, *part.images, settings,
        [&](std::int64_t done, std::int64_t total, const std::string& what) {
          if (Interruption::requested()) stop.request_stop();
          line.show(total > 0 ? static_cast<double>(done) / static_cast<double>(total) : -1.0, what,
                    grouped(done) + " of " + grouped(total));
        },
        stop.get_token());
  }
  if (program.json()) {
    Json json{{"task", info.id},
              {"model", run.model->info().id},
              {"parameter", settings.parameter},
              {"seed", settings.seed}};
    if (info.hides_pixels) json["mask"] = options.mask;
    if (result) json.update(result_json(*result));
    if (!options.out.empty()) {
      json["file"] = options.out.string();
      json["rows"] = rows_in_words;
    }
    print_json(json);
    return 0;
  }
  if (result) {
    std::cout << info.title << ": " << run.model->info().title << ", " << grouped(result->images)
              << " pictures, " << info.parameter.title << " " << exact(settings.parameter)
              << (info.hides_pixels ? ", hidden: " + options.mask : "") << "\n";
    print_result(*result);
  }
  if (!options.out.empty()) {
    std::cout << (result ? "\n" : "") << "Wrote " << options.out.string() << ": from the top "
              << rows_in_words << ".\n";
    for (const std::string& text : wrap(picture_remark, 90)) std::cout << text << "\n";
  }
  return 0;
}

}  // namespace

void add_task(Program& program) {
  const auto options = std::make_shared<TaskOptions>();
  CLI::App* command = program.add_command(
      "Explore a run", "task",
      "Put a run to use: denoise, fill in, compress, measure its likelihood, … Without a task it "
      "lists them, with a task alone it explains that one.",
      "  latent task\n"
      "  latent task denoise vae.safetensors 0.4\n"
      "  latent task inpaint vae.safetensors --mask left-half --out filled.png\n"
      "  latent task likelihood vae.safetensors 200 --json\n"
      "  latent task pretrain vae.safetensors 3000",
      [options, &program] {
        return options->id.empty() ? list_tasks(program) : do_task(*options, program);
      });
  command->add_option("TASK", options->id, "What to do; `latent task` lists the tasks.");
  command->add_option("RUN", options->run.run, "A run's file (.safetensors).");
  command->add_option_function<double>(
      "VALUE",
      [options](const double& value) {
        options->parameter = value;
        options->has_parameter = true;
      },
      "The task's one number, such as the noise; its usual value when left out.");
  options->run.add_data_and_part(command);
  command
      ->add_option_function<std::string>(
          "--mask",
          [options](const std::string& mask) {
            options->mask = mask;
            options->has_mask = true;
          },
          "Which pixels are hidden: lower-half (the default), left-half, centre, box:X,Y,W,H (in "
          "pixels, from the top left) or random:SHARE.")
      ->option_text("MASK")
      ->group("Images");
  command->add_option("--seed", options->seed, "Of every draw that the task makes.")
      ->option_text("SEED")
      ->capture_default_str()
      ->group("Images");
  command
      ->add_option("--out", options->out,
                   "Also draw the first pictures before and after, one row for each step (.png).")
      ->option_text("FILE")
      ->group("Output");
  command->add_option("--n", options->n, "How many pictures --out shows.")
      ->option_text("N")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000))
      ->group("Output");
  command->add_option("--scale", options->scale, "Enlarges every pixel of --out this many times.")
      ->option_text("N")
      ->capture_default_str()
      ->check(CLI::Range(1, 64))
      ->group("Output");
  command
      ->add_flag("--only-pictures", options->only_pictures,
                 "Only draw --out; measuring everything may take minutes.")
      ->group("Output");
  command->add_flag("--force", options->force, "Replace the file when it is there.")
      ->group("Output");
  program.offer_json(command);
}

}  // namespace latent::app
