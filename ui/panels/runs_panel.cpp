#include "ui/panels/runs_panel.h"

#include <QAction>
#include <QHeaderView>
#include <QTableView>
#include <QToolButton>
#include <QUndoStack>
#include <QVBoxLayout>

#include "ui/run_list.h"
#include "ui/theme.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/named.h"
#include "ui/widgets/save_menu.h"

namespace latent::ui {
namespace {

QToolButton* runsButton(const char* name, const QString& text, const QString& help) {
  auto* button = named(new QToolButton, name, text, help);
  button->setText(text);
  return button;
}

}  // namespace

RunsPanel::RunsPanel(RunList* runs, QWidget* parent) : QWidget(parent), m_runs(runs) {
  setObjectName(QStringLiteral("runsPanel"));
  m_table = named(new QTableView, "runsTable", tr("Runs"),
                  tr("The runs that the window holds. A double click shows one; F2 renames it."));
  m_table->setModel(m_runs);
  new SaveMenu(m_table, tr("Runs"));
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setSelectionMode(QAbstractItemView::SingleSelection);
  m_table->setEditTriggers(QAbstractItemView::EditKeyPressed);
  m_table->setShowGrid(false);
  m_table->setFrameShape(QFrame::NoFrame);
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setDefaultSectionSize(Theme::kControlHeight);
  QHeaderView* header = m_table->horizontalHeader();
  header->setSectionResizeMode(QHeaderView::ResizeToContents);
  header->setSectionResizeMode(RunList::Name, QHeaderView::Stretch);
  header->setMinimumSectionSize(56);
  header->setHighlightSections(false);
  header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);

  m_show = runsButton("runShow", tr("Show"), tr("The panels show this run"));
  m_beside = runsButton("runBeside", tr("Beside"),
                        tr("Puts this run beside the current one: one hover, "
                           "one selection and one path for both"));
  m_play = runsButton("runPlay", tr("Play/Pause"), tr("Plays or pauses this run"));
  m_duplicate = runsButton("runDuplicate", tr("Duplicate"),
                           tr("A second run that goes on from where this one is, paused"));
  m_rename = runsButton("runRename", tr("Rename"), tr("Another name for this run (F2)"));
  m_remove = runsButton("runRemove", tr("Remove"),
                        tr("Takes this run off the list; it is saved. Can be undone."));
  QAction* undo = m_runs->undoStack()->createUndoAction(this, tr("Undo"));
  QAction* redo = m_runs->undoStack()->createRedoAction(this, tr("Redo"));
  undo->setIcon(themedIcon(QStringLiteral("undo")));
  redo->setIcon(themedIcon(QStringLiteral("redo")));
  auto* buttons = new FlowLayout(Theme::kTight);
  for (QToolButton* button : {m_show, m_beside, m_play, m_duplicate, m_rename, m_remove}) {
    buttons->addWidget(button);
  }
  for (QAction* action : {undo, redo}) {
    auto* button = named(new QToolButton, action == undo ? "runUndo" : "runRedo",
                         action == undo ? tr("Undo") : tr("Redo"));
    button->setDefaultAction(action);
    button->setToolButtonStyle(Qt::ToolButtonIconOnly);
    buttons->addWidget(button);
  }
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(Theme::kMedium, Theme::kSmall, Theme::kMedium, Theme::kSmall);
  layout->setSpacing(Theme::kTight);
  layout->addWidget(m_table, 1);
  layout->addLayout(buttons);

  connect(m_table, &QTableView::doubleClicked, this,
          [this](const QModelIndex& index) { m_runs->show(index.row()); });
  connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          &RunsPanel::followChoice);
  connect(m_runs, &RunList::dataChanged, this, &RunsPanel::followChoice);
  connect(m_runs, &RunList::rowsRemoved, this, &RunsPanel::followChoice);
  connect(m_show, &QToolButton::clicked, this, [this] { m_runs->show(chosen()); });
  connect(m_beside, &QToolButton::clicked, this, [this] { m_runs->showBeside(chosen()); });
  connect(m_play, &QToolButton::clicked, this, [this] { m_runs->togglePlay(chosen()); });
  connect(m_duplicate, &QToolButton::clicked, this, [this] { m_runs->duplicate(chosen()); });
  connect(m_rename, &QToolButton::clicked, this,
          [this] { m_table->edit(m_runs->index(chosen(), RunList::Name)); });
  connect(m_remove, &QToolButton::clicked, this, [this] { m_runs->remove(chosen()); });
  followChoice();
}

int RunsPanel::chosen() const {
  const QModelIndex index = m_table->currentIndex();
  return index.isValid() && index.row() < m_runs->rowCount() ? index.row() : -1;
}

void RunsPanel::followChoice() {
  const int row = chosen();
  const bool held = row >= 0 && m_runs->place(row) == RunList::Place::Held;
  for (QToolButton* button : {m_play, m_duplicate, m_rename}) button->setEnabled(row >= 0);
  for (QToolButton* button : {m_show, m_beside, m_remove}) button->setEnabled(held);
}

}  // namespace latent::ui
