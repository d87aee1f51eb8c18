#include "ui/panels/import_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "ui/panels/caption.h"
#include "ui/theme.h"
#include "ui/widgets/image_grid.h"
#include "ui/widgets/named.h"

namespace latent::ui {
namespace {

constexpr int kPreviewed = 30;
constexpr int kMostWarnings = 4;  // on screen; the tooltip has all

QSpinBox* sideSpin(const char* objectName, const QString& name) {
  auto* spin = named(new QSpinBox, objectName, name,
                     ImportDialog::tr("Pixels. Every picture is brought to this size; large ones "
                                      "make large networks."));
  spin->setRange(4, 1024);
  spin->setValue(28);
  return spin;
}

}  // namespace

ImportDialog::ImportDialog(const Backend& backend, const QString& folder, QWidget* parent)
    : QDialog(parent), m_backend(backend), m_folder(QDir(folder).absolutePath()) {
  setObjectName(QStringLiteral("importDialog"));
  setWindowTitle(tr("Pictures from %1").arg(QDir(m_folder).dirName()));
  resize(720, 480);

  m_height = sideSpin("importHeight", tr("Height"));
  m_width = sideSpin("importWidth", tr("Width"));
  auto* size = new QHBoxLayout;
  size->addWidget(m_height);
  size->addWidget(new QLabel(QStringLiteral("×")));
  size->addWidget(m_width);
  size->addStretch(1);
  m_shape = named(new QComboBox, "importShape", tr("Shape"),
                  tr("A crop keeps the middle of a picture that is not square; a fitted picture is "
                     "whole, with a margin of its corners' colour."));
  m_shape->addItems({tr("Crop to the middle"), tr("Fit the whole picture")});
  m_colour = named(new QCheckBox(tr("Colour")), "importColour", tr("Colour"),
                   tr("Three channels instead of grey."));
  m_invert = named(new QCheckBox(tr("Invert")), "importInvert", tr("Invert"),
                   tr("Dark strokes on light paper become light on dark, as in MNIST."));

  auto* form = new QFormLayout;
  form->addRow(tr("Height × width"), size);
  form->addRow(tr("Shape"), m_shape);
  form->addRow(QString(), m_colour);
  form->addRow(QString(), m_invert);
  m_summary = makeCaption({});
  m_summary->setObjectName(QStringLiteral("importSummary"));
  m_warnings = makeCaption({});
  m_warnings->setObjectName(QStringLiteral("importWarnings"));
  auto* left = new QVBoxLayout;
  left->addLayout(form);
  left->addWidget(m_summary);
  left->addWidget(m_warnings);
  left->addStretch(1);

  m_pictures = new ImageGrid;
  m_pictures->setObjectName(QStringLiteral("importPreview"));
  m_pictures->setAccessibleName(tr("Some of the pictures as the network would see them"));
  m_pictures->setTileSizes(56, 84);
  m_pictures->setEnlargement(Enlargement::Crisp);
  m_pictures->setEmptyText(tr("Reading some of the pictures…"));
  auto* area = new QScrollArea;
  area->setWidget(m_pictures);
  area->setWidgetResizable(true);
  area->setFrameShape(QFrame::NoFrame);

  m_buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  named(m_buttons->addButton(tr("Use these pictures"), QDialogButtonBox::AcceptRole),
        "importAccept", tr("Use these pictures"));

  auto* columns = new QHBoxLayout;
  columns->addLayout(left);
  columns->addWidget(area, 1);
  columns->setSpacing(Theme::kMedium);
  auto* rows = new QVBoxLayout(this);
  rows->addLayout(columns, 1);
  rows->addWidget(m_buttons);

  connect(m_height, &QSpinBox::valueChanged, this, &ImportDialog::refresh);
  connect(m_width, &QSpinBox::valueChanged, this, &ImportDialog::refresh);
  connect(m_shape, &QComboBox::currentIndexChanged, this, &ImportDialog::refresh);
  connect(m_colour, &QCheckBox::toggled, this, &ImportDialog::refresh);
  connect(m_invert, &QCheckBox::toggled, this, &ImportDialog::refresh);
  connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(m_buttons, &QDialogButtonBox::accepted, this, [this] {
    emit chosen(
        QString::fromStdString(folder_specification(m_folder.toStdString(), imageImport())));
    accept();
  });
  refresh();
}

ImageImport ImportDialog::imageImport() const {
  return {.height = m_height->value(),
          .width = m_width->value(),
          .colour = m_colour->isChecked(),
          .invert = m_invert->isChecked(),
          .crop_to_square = m_shape->currentIndex() == 0};
}

void ImportDialog::refresh() {
  m_task.start(
      [read = m_backend.previewImages, folder = m_folder.toStdString(), wish = imageImport(), this](
          const std::stop_token&, const ProgressFunction&) -> std::function<void()> {
        auto preview = std::make_shared<const ImagePreview>(read(folder, wish, kPreviewed));
        return [this, preview] { present(*preview); };
      },
      [this](const Error& error) {
        if (error.code() == ErrorCode::Cancelled) return;
        m_pictures->setCells({});
        m_pictures->setEmptyText(QString::fromUtf8(error.what()));
        m_summary->clear();
        m_warnings->clear();
        findChild<QPushButton*>(QStringLiteral("importAccept"))->setEnabled(false);
      });
}

void ImportDialog::present(const ImagePreview& preview) {
  QVector<ImageGrid::Cell> cells;
  const auto pixels = static_cast<std::size_t>(preview.shape.pixels());
  for (std::size_t i = 0; i < preview.names.size(); ++i) {
    cells.append({imageFromBytes(std::span(preview.images).subspan(i * pixels, pixels),
                                 preview.shape.channels, preview.shape.height, preview.shape.width),
                  {},
                  {}});
  }
  m_pictures->setCells(std::move(cells));
  QString summary = tr("%1 pictures").arg(QLocale().toString(qlonglong{preview.total}));
  if (!preview.class_names.empty()) {
    QStringList names;
    for (const std::string& name : preview.class_names) names.append(QString::fromStdString(name));
    const int more = std::max(0, int(names.size()) - 8);
    summary +=
        tr(" of %1 classes: ").arg(names.size()) + names.mid(0, 8).join(QStringLiteral(", "));
    if (more > 0) summary += tr(" and %1 more").arg(more);
  }
  summary += tr(". Shown are %1, evenly from all.").arg(preview.names.size());
  m_summary->setText(summary);
  QStringList warnings;
  for (const std::string& each : preview.warnings) warnings.append(QString::fromStdString(each));
  m_warnings->setToolTip(warnings.join(QLatin1Char('\n')));
  if (warnings.size() > kMostWarnings) {
    const auto left = warnings.size() - kMostWarnings;
    warnings = warnings.mid(0, kMostWarnings);
    warnings.append(tr("… and %1 more").arg(left));
  }
  m_warnings->setText(warnings.join(QLatin1Char('\n')));
  findChild<QPushButton*>(QStringLiteral("importAccept"))->setEnabled(!preview.names.empty());
}

}  // namespace latent::ui
