/* SPDX-License-Identifier: MIT */
/*
 * The verbs of Flatline in one table: name, words, icon, keys. The toolbar, the accelerators and the tooltips are made
 * from it. The keys are those of the terminal's crash console: alone, and with Ctrl where a person may be typing.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What a tab has. A verb is shown where all that it needs is there. */
typedef enum
{
  FLATLINE_NEEDS_NOTHING = 0,
  FLATLINE_NEEDS_SESSION = 1 << 0,  /* a program that this tab started */
  FLATLINE_NEEDS_PROCESS = 1 << 1,  /* a process that lives */
  FLATLINE_NEEDS_SNAPSHOT = 1 << 2, /* something was read */
} FlatlineNeeds;

typedef struct
{
  const char *action;  /* detailed name: "session.restart" */
  const char *label;   /* untranslated; NULL: no button */
  const char *tooltip; /* untranslated, without the key */
  const char *icon;
  const char *key;                /* alone, where nobody types; NULL none */
  const char *accels[4];          /* taken anywhere but in a terminal */
  const char *terminal_accels[4]; /* taken in a terminal too: a terminal needs Ctrl and a letter for itself */
  gboolean show_label;
  gboolean toggle;
  gboolean begins_group;
  gboolean at_end; /* of the toolbar: what is there in every state, so that it keeps its place */
  FlatlineNeeds needs;
} FlatlineActionInfo;

/* The table; @n_actions is set. Static. */
const FlatlineActionInfo *
flatline_action_list (guint *n_actions);

/* What a person's keys go to. */
typedef enum
{
  FLATLINE_FOCUS_WINDOW,   /* nothing that takes text: all keys are ours */
  FLATLINE_FOCUS_ENTRY,    /* text: those with a modifier are */
  FLATLINE_FOCUS_TERMINAL, /* a terminal: those it leaves us */
} FlatlineFocus;

/* Sets the keys of @application. */
void
flatline_action_list_set_accels (GtkApplication *application, FlatlineFocus focus);

/* All keys of @action, as a GtkShortcutsShortcut takes them; from GTK 4.18 on one that is told an action has those that
 * are set at the moment: in its own window, those of an entry. Transfer full; NULL: no action of these. */
char *
flatline_action_list_dup_keys (const char *action);

/* "Restart the program (Ctrl+R)". Transfer full. */
char *
flatline_action_info_dup_tooltip (const FlatlineActionInfo *info);

G_END_DECLS
