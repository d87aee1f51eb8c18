#include "command_line.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>

#include "ui/overlays/overlay.h"
#include "ui/panels/experiment_panel.h"

namespace latent::studio {
namespace {

constexpr QSize kSmallest(1100, 680);  // below it the panels have no room

/// Collects the first thing that is wrong with the values.
class Values {
 public:
  explicit Values(const QCommandLineParser& parser) : m_parser(parser) {}

  bool has(const char* name) const { return m_parser.isSet(QLatin1String(name)); }
  QString text(const char* name) const { return m_parser.value(QLatin1String(name)); }

  qint64 whole(const char* name, qint64 minimum, qint64 maximum) {
    bool ok = false;
    const qint64 value = text(name).toLongLong(&ok);
    if (!ok || value < minimum || value > maximum) {
      refuse(QStringLiteral("--%1 must be a whole number from %2 to %3; found \"%4\".")
                 .arg(QLatin1String(name))
                 .arg(minimum)
                 .arg(maximum)
                 .arg(text(name)));
      return minimum;
    }
    return value;
  }

  template <typename Choice>
  Choice choice(const char* name, const QList<std::pair<QString, Choice>>& choices) {
    QStringList allowed;
    for (const auto& [word, value] : choices) {
      if (word == text(name)) return value;
      allowed.append(word);
    }
    refuse(QStringLiteral("--%1 must be one of %2; found \"%3\".")
               .arg(QLatin1String(name), allowed.join(QStringLiteral(", ")), text(name)));
    return choices.front().second;
  }

  void refuse(const QString& sentence) {
    if (problem.isEmpty()) problem = sentence;
  }

  QString problem;

 private:
  const QCommandLineParser& m_parser;
};

}  // namespace

CommandLine parseCommandLine(const QStringList& arguments, const TrainingConfig& remembered) {
  QCommandLineParser parser;
  parser.setApplicationDescription(QStringLiteral(
      "Train autoencoders and explore their latent spaces while they learn.\n\n"
      "Without options the window opens as it was left. With --train it trains at once; with\n"
      "--screenshot it trains, saves a picture of its own window, and leaves."));
  const QCommandLineOption help({"h", "help"}, "Shows this help.");
  const QCommandLineOption version({"v", "version"}, "Shows the version.");
  parser.addOptions({
      help,
      version,
      {"data", "Data set: mnist, mnist-10k, fashion-mnist, glyphs, folder:DIR, …", "name"},
      {"model", "System: vae, deep-ae, conditional-vae, …", "name"},
      {"network", "Network: dense or conv.", "kind"},
      {"latent", "Latent size.", "number"},
      {"epochs", "How often all training pictures are seen.", "number"},
      {"batch", "Pictures per step.", "number"},
      {"learning-rate", "Length of each step.", "number"},
      {"seed", "Decides all chance in the run.", "number"},
      {"set", "A knob of the system, such as beta=2; may be repeated.", "knob=value"},
      {"train", "Trains at once."},
      {"compare", "Trains two systems side by side, such as deep-ae,vae.", "system,system"},
      {"open", "Opens a saved run or a project, as a file named without --open does.", "file"},
      {"screenshot", "Trains, saves a picture of the window as PNG, and leaves.", "file"},
      {"size", "Size of the window, such as 1600x1000.", "size"},
      {"theme", "light, dark, or system.", "name"},
      {"overlays", "What is laid over the map, such as posteriors,prior.", "names"},
  });

  CommandLine result;
  result.config = remembered;
  const auto refuse = [&result](const QString& sentence) {
    result.action = CommandLine::Action::Refuse;
    result.text = sentence;
    return result;
  };
  if (!parser.parse(arguments)) {
    QString problem = parser.errorText();
    if (!problem.endsWith(QLatin1Char('.'))) problem += QLatin1Char('.');
    return refuse(problem + QStringLiteral(" See --help."));
  }
  if (parser.isSet(help)) {
    result.action = CommandLine::Action::Help;
    // Asked before there is an application, whose name Qt would print.
    result.text = parser.helpText().replace(QStringLiteral("<executable_name>"),
                                            QStringLiteral("latent-studio"));
    return result;
  }
  if (parser.isSet(version)) {
    result.action = CommandLine::Action::Version;
    result.text = QStringLiteral("Latent Studio ") + QCoreApplication::applicationVersion();
    return result;
  }

  Values values(parser);
  result.dataNamed = values.has("data");
  TrainingConfig& config = result.config;
  const QStringList loose = parser.positionalArguments();
  if (loose.size() > 1) {
    return refuse(
        QStringLiteral("One run or project can be opened; found %1 files.").arg(loose.size()));
  }
  if (!loose.isEmpty()) result.open = loose.front().toStdString();
  if (values.has("open")) result.open = values.text("open").toStdString();
  for (const char* name :
       {"data", "model", "network", "latent", "epochs", "batch", "learning-rate", "seed", "set"}) {
    result.configured = result.configured || values.has(name);
  }
  if (values.has("data")) config.data = values.text("data").toStdString();
  if (values.has("model")) {
    const std::string model = values.text("model").toStdString();
    // The knobs that are remembered belong to another system.
    if (model != config.model) {
      config.hyperparameters.clear();
      config.latent_dim = ui::ExperimentPanel::kUsualCodes;
    }
    config.model = model;
  }
  if (values.has("compare")) {
    const QStringList systems = values.text("compare").split(QLatin1Char(','));
    if (systems.size() != 2 || systems[0].isEmpty() || systems[1].isEmpty()) {
      values.refuse(
          QStringLiteral("--compare takes two systems, such as deep-ae,vae; found \"%1\".")
              .arg(values.text("compare")));
    } else if (values.has("model")) {
      values.refuse(QStringLiteral("--compare names the systems itself: leave --model out."));
    } else {
      config.hyperparameters.clear();
      config.model = systems[0].toStdString();
      result.besideModel = systems[1].toStdString();
    }
  }
  if (values.has("network")) {
    config.network = values.choice<NetworkKind>(
        "network", {{"dense", NetworkKind::Dense}, {"conv", NetworkKind::Convolutional}});
  }
  if (values.has("latent")) config.latent_dim = static_cast<int>(values.whole("latent", 1, 512));
  if (values.has("epochs")) config.epochs = static_cast<int>(values.whole("epochs", 1, 100'000));
  if (values.has("batch")) config.batch_size = static_cast<int>(values.whole("batch", 2, 16'384));
  if (values.has("seed")) {
    config.seed = static_cast<std::uint64_t>(values.whole("seed", 0, 999'999'999));
  }
  if (values.has("learning-rate")) {
    bool ok = false;
    config.learning_rate = values.text("learning-rate").toDouble(&ok);
    if (!ok || !(config.learning_rate > 0.0) || config.learning_rate > 1.0) {
      values.refuse(QStringLiteral("--learning-rate must be above 0 and at most 1; found \"%1\".")
                        .arg(values.text("learning-rate")));
    }
  }
  for (const QString& setting : parser.values(QStringLiteral("set"))) {
    const qsizetype equals = setting.indexOf(QLatin1Char('='));
    bool ok = false;
    const double value = setting.mid(equals + 1).toDouble(&ok);
    if (equals <= 0 || !ok) {
      values.refuse(QStringLiteral("--set takes a knob and a number, such as beta=2; found \"%1\".")
                        .arg(setting));
      continue;
    }
    config.hyperparameters[setting.left(equals).toStdString()] = value;
  }
  if (values.has("theme")) {
    using Choice = ui::Settings::ThemeChoice;
    result.theme = values.choice<Choice>(
        "theme", {{"light", Choice::Light}, {"dark", Choice::Dark}, {"system", Choice::System}});
  }
  if (values.has("overlays")) {
    result.overlays = values.text("overlays").split(QLatin1Char(','), Qt::SkipEmptyParts);
    QStringList known;
    for (const auto& overlay : ui::overlays()) known << overlay->description().id;
    for (const QString& id : *result.overlays) {
      if (known.contains(id)) continue;
      values.refuse(QStringLiteral("--overlays takes names from %1; found \"%2\".")
                        .arg(known.join(QStringLiteral(", ")), id));
    }
  }
  if (values.has("size")) {
    static const QRegularExpression pattern(QStringLiteral("^(\\d{3,5})x(\\d{3,5})$"));
    const auto match = pattern.match(values.text("size"));
    const QSize size(match.captured(1).toInt(), match.captured(2).toInt());
    if (!match.hasMatch() || size.width() < kSmallest.width() ||
        size.height() < kSmallest.height() || size.width() > 15'360 || size.height() > 8'640) {
      values.refuse(QStringLiteral("--size must be such as 1600x1000, from 1100x680 to 15360x8640; "
                                   "found \"%1\".")
                        .arg(values.text("size")));
    }
    result.size = size;
  }
  result.train = values.has("train");
  if (values.has("screenshot")) {
    const QFileInfo target(values.text("screenshot"));
    result.screenshot = target.absoluteFilePath().toStdString();
    if (!target.absoluteDir().exists()) {
      values.refuse(QStringLiteral("The folder of --screenshot does not exist: \"%1\".")
                        .arg(target.absolutePath()));
    }
  }
  if (!result.open.empty() && !QFileInfo(QString::fromStdString(result.open.string())).isFile()) {
    values.refuse(QStringLiteral("There is no file \"%1\".")
                      .arg(QString::fromStdString(result.open.string())));
  }
  return values.problem.isEmpty() ? result : refuse(values.problem);
}

}  // namespace latent::studio
