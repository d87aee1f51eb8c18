#include "ui/plots/map_tool_bar.h"

#include <QAbstractButton>
#include <QButtonGroup>
#include <QHBoxLayout>
#include <QMenu>
#include <QSignalBlocker>
#include <QToolButton>
#include <algorithm>

#include "ui/theme.h"

namespace latent::ui {

MapToolBar::MapToolBar(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("mapToolBar"));
  setAccessibleName(tr("Tools of the map"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(Theme::kSmall, Theme::kTight, Theme::kSmall, Theme::kTight);
  row->setSpacing(2);
  const auto add = [&](const char* name, const char* icon, const QString& text, const QString& key,
                       const QString& help, bool checkable) {
    auto* button = new QToolButton(this);
    button->setObjectName(QLatin1String(name));
    button->setIcon(themedIcon(QLatin1String(icon)));
    button->setAccessibleName(text);
    button->setProperty("key", key);
    button->setToolTip(QStringLiteral("<b>%1</b> (%2)<br>%3").arg(text, key, help));
    button->setCheckable(checkable);
    button->setFocusPolicy(Qt::TabFocus);
    row->addWidget(button);
    return button;
  };
  m_tools = new QButtonGroup(this);
  m_tools->setExclusive(true);
  m_tools->addButton(add("mapToolDecode", "decode", tr("Decode"), tr("D"),
                         tr("Press or drag anywhere: the code there is decoded at once."), true),
                     static_cast<int>(LatentMap::Tool::Decode));
  m_tools->addButton(
      add("mapToolPan", "pan", tr("Pan"), tr("P"),
          tr("Drag to move the map. The middle button and Ctrl+drag always do."), true),
      static_cast<int>(LatentMap::Tool::Pan));
  m_tools->addButton(add("mapToolBoxZoom", "box-zoom", tr("Zoom"), tr("Z"),
                         tr("Drag a box to see it large. The wheel zooms at the pointer."), true),
                     static_cast<int>(LatentMap::Tool::BoxZoom));
  row->addSpacing(Theme::kSmall);
  const QString modes = QStringLiteral("<br>") +
                        tr("Shift adds to the selection, Alt takes away, Esc clears it. What is "
                           "not selected is dimmed. While classes are seen alone, only theirs "
                           "are selected.");
  m_tools->addButton(add("mapToolLasso", "lasso", tr("Lasso"), tr("L"),
                         tr("Draw around points to select them.") + modes, true),
                     static_cast<int>(LatentMap::Tool::Lasso));
  m_tools->addButton(add("mapToolBox", "select-box", tr("Box"), tr("B"),
                         tr("Drag a box over points to select them.") + modes, true),
                     static_cast<int>(LatentMap::Tool::Box));
  m_tools->addButton(add("mapToolBrush", "brush", tr("Brush"), tr("R"),
                         tr("Brush over points to select them.") + modes, true),
                     static_cast<int>(LatentMap::Tool::Brush));
  row->addSpacing(Theme::kMedium);
  m_fit = add("mapFit", "fit", tr("Fit"), tr("F"), tr("All points in view."), false);
  m_follow = add("mapFollow", "follow", tr("Follow"), tr("G"),
                 tr("The view follows the points while they move, until you zoom."), true);
  row->addStretch(1);
  m_thumbnails = add("mapThumbnails", "thumbnails", tr("Pictures"), tr("T"),
                     tr("Zoomed in, points become pictures where there is room."), true);
  m_manifold = add("mapManifold", "manifold", tr("Manifold"), tr("M"),
                   tr("What the decoder makes of the whole plane, under the points."), true);
  m_overlays = add("mapOverlays", "overlays", tr("Overlays"), tr("O"),
                   tr("What else can be seen in the plane: posteriors, the prior, how far the "
                      "decoder stretches."),
                   false);
  m_overlays->setPopupMode(QToolButton::InstantPopup);
  auto* menu = new QMenu(m_overlays);
  menu->setObjectName(QStringLiteral("mapOverlaysMenu"));
  menu->setAccessibleName(tr("Overlays of the map"));
  menu->setToolTipsVisible(true);
  m_overlays->setMenu(menu);
  m_overlays->hide();
  connect(m_tools, &QButtonGroup::idClicked, this,
          [this](int id) { emit toolChosen(static_cast<LatentMap::Tool>(id)); });
  connect(m_fit, &QToolButton::clicked, this, &MapToolBar::fitChosen);
  connect(m_follow, &QToolButton::clicked, this, &MapToolBar::followChosen);
  connect(m_manifold, &QToolButton::clicked, this, &MapToolBar::manifoldChosen);
  connect(m_thumbnails, &QToolButton::clicked, this, &MapToolBar::thumbnailsChosen);
  arrange();
}

void MapToolBar::setTool(LatentMap::Tool tool) {
  m_tools->button(static_cast<int>(tool))->setChecked(true);
}

void MapToolBar::setFollowing(bool follow) {
  m_follow->setChecked(follow);
}
void MapToolBar::setManifoldVisible(bool visible) {
  m_manifold->setChecked(visible);
}
void MapToolBar::setManifoldAvailable(bool available) {
  m_manifold->setVisible(available);
}

void MapToolBar::setThumbnails(bool visible, bool available) {
  m_thumbnails->setChecked(visible);
  m_thumbnails->setVisible(available);
}

void MapToolBar::setOverlays(const QVector<LatentMap::OverlayChoice>& choices) {
  if (choices == m_overlayChoices) return;
  const auto same = [](const LatentMap::OverlayChoice& a, const LatentMap::OverlayChoice& b) {
    return a.id == b.id;
  };
  // An open menu keeps its entries while only their states change.
  if (choices.size() != m_overlayChoices.size() ||
      !std::equal(choices.begin(), choices.end(), m_overlayChoices.begin(), same)) {
    m_overlays->menu()->clear();
    m_overlayEntries.clear();
    for (const auto& choice : choices) {
      QAction* entry =
          m_overlays->menu()->addAction(QStringLiteral("%1\t%2").arg(choice.title, choice.key));
      entry->setObjectName(QStringLiteral("mapOverlay-%1").arg(choice.id));
      entry->setCheckable(true);
      connect(entry, &QAction::triggered, this,
              [this, id = choice.id](bool checked) { emit overlayChosen(id, checked); });
      m_overlayEntries.append(entry);
    }
  }
  m_overlayChoices = choices;
  bool any = false;
  for (qsizetype i = 0; i < choices.size(); ++i) {
    const auto& choice = choices[i];
    const bool applies = choice.whyNot.isEmpty();
    m_overlayEntries[i]->setEnabled(applies);
    m_overlayEntries[i]->setChecked(choice.shown);
    m_overlayEntries[i]->setToolTip(
        QStringLiteral("<b>%1</b> (%2)<br>%3")
            .arg(choice.title, choice.key, applies ? choice.help : choice.whyNot));
    any = any || (choice.shown && applies);
  }
  m_overlays->setVisible(!choices.isEmpty());
  // Seen from afar that something is laid over the map.
  m_overlays->setCheckable(any);
  m_overlays->setChecked(any);
  arrange();
}

void MapToolBar::openOverlays() {
  if (m_overlays->isVisible()) m_overlays->showMenu();
}

QSize MapToolBar::minimumSizeHint() const {
  return {320, 34};
}

void MapToolBar::resizeEvent(QResizeEvent*) {
  arrange();
}

/// Where it is narrow the names of what is shown go first, then the keys of the tools, then their
/// names; names and keys stay in the tooltips.
void MapToolBar::arrange() {
  enum Words { None, Name, NameAndKey };
  const auto say = [](QAbstractButton* button, Words words) {
    auto* tool = static_cast<QToolButton*>(button);
    tool->setToolButtonStyle(words == None ? Qt::ToolButtonIconOnly : Qt::ToolButtonTextBesideIcon);
    const QString name = tool->accessibleName();
    tool->setText(words == Name
                      ? name
                      : QStringLiteral("%1 (%2)").arg(name, tool->property("key").toString()));
  };
  const auto fits = [&](Words tools, Words shown) {
    for (QAbstractButton* button : m_tools->buttons()) say(button, tools);
    for (QToolButton* button : {m_fit, m_follow, m_manifold, m_thumbnails, m_overlays}) {
      say(button, shown);
    }
    return layout()->sizeHint().width() <= width();
  };
  if (fits(NameAndKey, NameAndKey) || fits(NameAndKey, None) || fits(Name, None)) return;
  fits(None, None);
}

}  // namespace latent::ui
