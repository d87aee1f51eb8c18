#include "ui/panels/tasks_panel.h"

#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QShowEvent>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <thread>
#include <utility>

#include "latent/engine.h"
#include "latent/thread_priority.h"
#include "ui/panels/caption.h"
#include "ui/plots/curve_plot.h"
#include "ui/run_controller.h"
#include "ui/theme.h"
#include "ui/widgets/hyperparameter_form.h"
#include "ui/widgets/mask_canvas.h"
#include "ui/widgets/named.h"
#include "ui/widgets/picture_rows.h"
#include "ui/widgets/pictures.h"
#include "ui/widgets/scrolled_column.h"

namespace latent::ui {
namespace {

constexpr std::size_t kTaskPictures = 6;
constexpr int kLiveMilliseconds = 700;
constexpr int kMeasuringNiceness = 10;
constexpr int kTaskProgressSteps = 1000;
constexpr const char* kFirstMask = "lower-half";

QString taskText(const std::string& text) {
  return QString::fromStdString(text);
}

/// "0.0796 ± 0.0059".
QString taskFigureText(const TaskFigure& figure) {
  QString text = QLocale().toString(figure.mean, 'f', figure.decimals);
  if (figure.deviation) {
    text += QStringLiteral(" ± ") + QLocale().toString(*figure.deviation, 'f', figure.decimals);
  }
  return text.replace(QLatin1Char('-'), QChar(0x2212));
}

}  // namespace

TasksPanel::TasksPanel(RunController* run, QWidget* parent) : QWidget(parent), m_run(run) {
  setObjectName(QStringLiteral("tasksPanel"));
  build();
  for (const Task* task : all_tasks()) m_choose->addItem(taskText(task->info().title));
  m_live.setSingleShot(true);
  m_live.setInterval(kLiveMilliseconds);
  connect(&m_live, &QTimer::timeout, this, &TasksPanel::refresh);
  connect(m_choose, &QComboBox::currentIndexChanged, this, &TasksPanel::chooseTask);
  connect(m_form, &HyperparameterForm::valueChanged, this, [this](const QString&, double value) {
    m_parameters[m_task->info().id] = value;
    refresh();
  });
  connect(m_mask, &MaskCanvas::maskChanged, this, &TasksPanel::refresh);
  connect(m_other, &QToolButton::clicked, this, [this] {
    ++m_choice;
    choosePictures();
  });
  connect(m_measure, &QPushButton::clicked, this, [this] {
    if (m_measuring.isRunning()) {
      m_measuring.cancel();
    } else {
      measure();
    }
  });
  connect(&m_measuring, &BackgroundTask::runningChanged, this, &TasksPanel::updateControls);
  connect(
      &m_measuring, &BackgroundTask::progressed, this,
      [this](qint64 done, qint64 total, const QString& what) {
        m_progress->setValue(total > 0 ? static_cast<int>(kTaskProgressSteps * done / total) : 0);
        m_progress->setToolTip(what);
      });
  connect(m_run, &RunController::runChanged, this, [this] {
    if (m_measuring.isRunning()) m_measuring.cancel();
    forgetResult();
    m_wanted = false;
    choosePictures();
  });
  connect(m_run, &RunController::snapshotArrived, this, [this] {
    if (!m_live.isActive()) m_live.start();
  });
  chooseTask();
}

void TasksPanel::build() {
  m_choose =
      named(new QComboBox, "taskChoice", tr("Task"),
            tr("What the network is used for; some tasks make sense for some systems only."));
  m_explanation = makeCaption({});
  m_explanation->setObjectName(QStringLiteral("taskExplanation"));
  m_form = new HyperparameterForm;
  m_form->setObjectName(QStringLiteral("taskForm"));
  m_form->setAccessibleName(tr("The task's control"));
  m_other = named(new QToolButton, "taskOtherPictures", tr("Other pictures"),
                  tr("Other pictures of the test part, one of each class while there are any."));
  m_other->setIcon(themedIcon(QStringLiteral("random")));
  m_pictures = named(new PictureRows, "taskPictures", tr("Pictures before and after"));
  m_pictures->setEmptyText(tr("Start training: test pictures and what the task makes of them."));
  m_remark = makeCaption({});
  m_remark->setObjectName(QStringLiteral("taskRemark"));
  m_measure =
      named(new QPushButton(tr("Measure on the test set")), "taskMeasure", tr("Measure or cancel"),
            tr("Does the task to every test picture with the weights of this moment; "
               "training goes on meanwhile."));
  m_progress = named(new QProgressBar, "taskProgress", tr("Progress of the measurement"));
  m_progress->setRange(0, kTaskProgressSteps);
  m_progress->setTextVisible(false);
  m_figures = new QLabel;
  m_figures->setObjectName(QStringLiteral("taskFigures"));
  m_figures->setAccessibleName(tr("Figures over the test set"));
  m_figures->setWordWrap(true);
  m_figures->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_curve = named(new CurvePlot, "taskCurve", tr("Curve over the test set"));
  m_resultRemark = makeCaption({});
  m_resultRemark->setObjectName(QStringLiteral("taskResultRemark"));

  auto* inside = new QWidget;
  auto* column = new QVBoxLayout(inside);
  column->setContentsMargins(Theme::kMedium, Theme::kSmall, Theme::kMedium, Theme::kSmall);
  column->setSpacing(Theme::kSmall);
  auto* top = new QHBoxLayout;
  top->addWidget(m_choose, 1);
  top->addWidget(m_other);
  column->addLayout(top);
  column->addWidget(m_explanation);
  column->addWidget(m_form);
  m_maskSide = makeMaskControls();
  column->addWidget(m_maskSide);
  column->addWidget(m_pictures);
  column->addWidget(m_remark);
  column->addWidget(m_measure);
  column->addWidget(m_progress);
  column->addWidget(m_figures);
  column->addWidget(m_curve);
  column->addWidget(m_resultRemark);
  column->addStretch(1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(new ScrolledColumn(inside));
}

QWidget* TasksPanel::makeMaskControls() {
  m_mask = named(new MaskCanvas, "taskMask", tr("Hidden pixels"),
                 tr("Paint over what is to be hidden, in every picture. The right button, or Shift "
                    "with the left, shows it again."));
  auto* side = new QWidget;
  auto* line = new QHBoxLayout(side);
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(Theme::kSmall);
  line->addWidget(m_mask);
  auto* buttons = new QGridLayout;
  buttons->setSpacing(Theme::kTight);
  buttons->addWidget(makeCaption(tr("Paint what is hidden, or take:")), 0, 0, 1, 2);
  const auto add = [&](const char* name, const QString& text, const QString& help,
                       const char* description) {
    auto* button = named(new QToolButton, name, text, help);
    button->setText(text);
    button->setProperty("framed", true);
    button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    const int place = buttons->count() - 1;
    buttons->addWidget(button, 1 + place / 2, place % 2);
    connect(button, &QToolButton::clicked, this, [this, description] {
      setMask(description);
      refresh();
    });
  };
  add("maskLower", tr("Lower"), tr("Hides the lower half of every picture."), "lower-half");
  add("maskLeft", tr("Left"), tr("Hides the left half of every picture."), "left-half");
  add("maskCentre", tr("Centre"), tr("Hides a box in the middle of every picture."), "centre");
  add("maskRandom", tr("By lot"), tr("Hides half of the pixels, chosen by lot."), "random:0.5");
  add("maskNothing", tr("Nothing"), tr("Shows every pixel again, to paint from the beginning."),
      "");
  buttons->setRowStretch(4, 1);
  line->addLayout(buttons, 1);
  return side;
}

void TasksPanel::setMask(const char* description) {
  const auto& test = m_run->data().test;
  if (!test) return;
  m_mask->setMask(*description == '\0'
                      ? std::vector<std::uint8_t>(static_cast<std::size_t>(test->shape.height) *
                                                  static_cast<std::size_t>(test->shape.width))
                      : hidden_pixels(description, test->shape));
}

TasksPanel::Kept TasksPanel::kept() const {
  return {m_choice, m_mask->mask(), m_result.has_value() || m_measuring.isRunning() || m_wanted};
}

void TasksPanel::setKept(const Kept& kept) {
  m_choice = kept.pictures;
  m_mask->setMask(kept.hidden);
  m_wanted = kept.measured;
  choosePictures();
}

void TasksPanel::chooseTask() {
  const auto index = static_cast<std::size_t>(std::max(0, m_choose->currentIndex()));
  m_task = all_tasks().at(index);
  const TaskInfo& info = m_task->info();
  m_explanation->setText(taskText(info.explanation));
  m_explanation->setToolTip(taskText(info.method));
  m_form->setHyperparameters({info.parameter});
  if (const auto left = m_parameters.find(info.id); left != m_parameters.end()) {
    m_form->setValue(info.parameter.id, left->second);
  }
  m_maskSide->setVisible(info.hides_pixels);
  if (m_measuring.isRunning()) m_measuring.cancel();
  forgetResult();
  m_sensible = false;
  m_wanted = false;
  m_pictures->setRows({});
  m_remark->clear();
  updateControls();
  refresh();
}

void TasksPanel::choosePictures() {
  m_rows.clear();
  const auto& test = m_run->data().test;
  if (test && test->size() > 0) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(test->size()));
    std::iota(order.begin(), order.end(), 0);
    if (m_choice > 0) std::shuffle(order.begin(), order.end(), std::mt19937_64{m_choice});
    std::vector<std::int32_t> seen;
    for (const std::int64_t row : order) {
      const std::int32_t label = test->labels[static_cast<std::size_t>(row)];
      if (m_rows.size() == kTaskPictures) break;
      if (std::find(seen.begin(), seen.end(), label) != seen.end()) continue;
      seen.push_back(label);
      m_rows.push_back(row);
    }
    for (const std::int64_t row : order) {
      if (m_rows.size() == kTaskPictures) break;
      if (std::find(m_rows.begin(), m_rows.end(), row) == m_rows.end()) m_rows.push_back(row);
    }
    const std::size_t before = m_mask->mask().size();
    m_mask->setPicture(imageFromBytes(test->image(m_rows.front()), test->shape.channels,
                                      test->shape.height, test->shape.width));
    if (m_mask->mask().size() != before) setMask(kFirstMask);
  }
  refresh();
}

TaskSettings TasksPanel::settings() const {
  const TaskInfo& info = m_task->info();
  TaskSettings settings;
  settings.parameter = m_form->value(info.parameter.id);
  if (info.hides_pixels) settings.hidden = m_mask->mask();
  return settings;
}

TaskSubject TasksPanel::subjectOf(const Snapshot& snapshot) const {
  return {.model = snapshot.model,
          .config = m_run->config(),
          .engine = m_run->engine(),
          .training = m_run->data().train};
}

void TasksPanel::refresh() {
  if (!isVisible()) return;  // showEvent comes back to it
  if (m_showing.isRunning()) {
    m_again = true;
    return;
  }
  m_again = false;
  const auto snapshot = m_run->snapshot();
  const auto test = m_run->data().test;
  if (!snapshot || !test || m_rows.empty() || !(snapshot->model->shape() == test->shape)) {
    m_pictures->setRows({});
    m_remark->clear();
    m_sensible = false;
    updateControls();
    return;
  }
  m_showing.start(
      [this, task = m_task, engine = m_run->engine(), test, rows = m_rows, chosen = settings(),
       subject = subjectOf(*snapshot)](const std::stop_token&,
                                       const ProgressFunction&) -> std::function<void()> {
        engine->set_thread_count(1);
        std::string reason = task->why_not(*subject.model, *test);
        TaskPictures pictures;
        if (reason.empty()) pictures = task->show(subject, *test, rows, chosen);
        return [this, task, reason = std::move(reason), pictures = std::move(pictures)] {
          if (task == m_task) {
            m_sensible = reason.empty();
            if (m_sensible) {
              showPictures(pictures);
            } else {
              showReason(taskText(reason));
            }
            updateControls();
            if (m_sensible && std::exchange(m_wanted, false)) measure();
          }
          if (m_again) refresh();
        };
      },
      [this](const Error& error) {
        if (error.code() == ErrorCode::Cancelled) return;
        emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
        if (m_again) refresh();
      });
}

void TasksPanel::showPictures(const TaskPictures& pictures) {
  const auto& test = m_run->data().test;
  if (!test) return;
  const ImageShape shape = test->shape;
  const auto size = static_cast<std::size_t>(shape.pixels());
  QVector<PictureRows::Row> rows;
  for (const TaskPictures::Row& each : pictures.rows) {
    PictureRows::Row row;
    row.title = taskText(each.title);
    for (std::size_t at = 0; at + size <= each.pixels.size(); at += size) {
      row.pictures.append(imageFromFloats(std::span(each.pixels).subspan(at, size), shape.channels,
                                          shape.height, shape.width));
    }
    for (const std::string& caption : each.captions) row.captions.append(taskText(caption));
    rows.append(row);
  }
  m_pictures->setRows(rows);
  QStringList remarks;
  for (const std::string& text : {pictures.captions_mean, pictures.remark}) {
    if (!text.empty()) remarks << taskText(text);
  }
  m_remark->setText(remarks.join(QLatin1Char(' ')));
}

void TasksPanel::showReason(const QString& reason) {
  m_pictures->setRows({});
  m_remark->setText(reason);
}

void TasksPanel::measure() {
  const auto snapshot = m_run->snapshot();
  const auto test = m_run->data().test;
  if (!snapshot || !test || !m_sensible) return;
  forgetResult();
  const TaskSettings chosen = settings();
  const Hyperparameter& parameter = m_task->info().parameter;
  const QString of =
      tr("%1 test pictures, %2 %3, epoch %4")
          .arg(QLocale().toString(static_cast<qlonglong>(test->size())), taskText(parameter.title),
               QString::number(chosen.parameter), QLocale().toString(snapshot->epoch, 'f', 1));
  // Beside a run that trains one core is enough to take from it.
  const int threads = m_run->state() == SessionState::Running
                          ? 1
                          : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  m_progress->setValue(0);
  m_measuring.start(
      [this, task = m_task, engine = m_run->engine(), test, chosen, of, threads,
       subject = subjectOf(*snapshot)](const std::stop_token& stop,
                                       const ProgressFunction& progress) -> std::function<void()> {
        set_niceness(kMeasuringNiceness);
        engine->set_thread_count(threads);
        TaskResult result = task->measure(subject, *test, chosen, progress, stop);
        return [this, result = std::move(result), of] { showResult(result, of); };
      },
      [this](const Error& error) {
        if (error.code() == ErrorCode::Cancelled) return;
        emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
      });
}

void TasksPanel::forgetResult() {
  m_result.reset();
  m_figures->clear();
  m_figures->hide();
  m_curve->hide();
  m_resultRemark->clear();
  m_resultRemark->hide();
}

void TasksPanel::showResult(const TaskResult& result, const QString& of) {
  m_result = result;
  QString table =
      QStringLiteral("<p>%1</p><table cellspacing='0' cellpadding='2'>").arg(of.toHtmlEscaped());
  for (const TaskFigure& figure : result.figures) {
    table += QStringLiteral("<tr><td>%1</td><td align='right'>&nbsp;<b>%2</b></td></tr>")
                 .arg((taskText(figure.title) +
                       (figure.unit.empty() ? QString() : tr(", %1").arg(taskText(figure.unit))))
                          .toHtmlEscaped(),
                      taskFigureText(figure).replace(QLatin1Char(' '), QStringLiteral("&nbsp;")));
  }
  m_figures->setText(table + QStringLiteral("</table>"));
  m_figures->show();
  m_curve->setVisible(!result.curves.empty());
  if (!result.curves.empty()) {
    const TaskCurve& curve = result.curves.front();
    QVector<CurvePlot::Line> lines;
    for (const TaskCurve::Line& line : curve.lines) {
      lines.append({taskText(line.title), QVector<double>(line.x.begin(), line.x.end()),
                    QVector<double>(line.y.begin(), line.y.end())});
    }
    m_curve->setCurve(taskText(curve.title), taskText(curve.x_title), taskText(curve.y_title),
                      curve.logarithmic_x, lines);
  }
  m_resultRemark->setText(taskText(result.remark));
  m_resultRemark->setVisible(!result.remark.empty());
}

void TasksPanel::updateControls() {
  const bool measuring = m_measuring.isRunning();
  m_measure->setEnabled(measuring || m_sensible);
  m_measure->setText(measuring ? tr("Cancel") : tr("Measure on the test set"));
  m_progress->setVisible(measuring);
  m_other->setEnabled(!m_rows.empty());
}

void TasksPanel::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  refresh();
}

}  // namespace latent::ui
