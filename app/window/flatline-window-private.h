/* SPDX-License-Identifier: MIT */
/* What flatline-window.c and flatline-window-actions.c share. */
#pragma once

#include "flatline-history-pane.h"
#include "flatline-window.h"

G_BEGIN_DECLS

struct _FlatlineWindow
{
  AdwApplicationWindow parent_instance;
  FlatlineStore *store;
  GSettings *settings;
  AdwToastOverlay *toasts;
  GtkWidget *content;
  AdwWindowTitle *window_title;
  GtkStack *stack;
  AdwTabView *tabs;
  GtkListBox *recent_list;
  GtkWidget *history_group;
  FlatlineHistoryPane *history;
  GActionGroup *start_actions;
  gboolean closing_page; /* by a person, not moved to another window */
  guint naming_source;
  guint leaving_source;
  GBinding *title_binding;
  GBinding *subtitle_binding;
};

/* Has the application open @files (GFile) for the window @widget. */
void
flatline_window_request_open (GtkWidget *widget, GSList *files);

/* --- flatline-window-actions.c --- */

/* The actions win.… of each window, with their keys. */
void
flatline_window_class_install_actions (GtkWidgetClass *widget_class);

G_END_DECLS
