/* SPDX-License-Identifier: MIT */
/*
 * Fills the places of a session view. A pane follows what it has a property for: the view's "session", "store",
 * "snapshot", "examiner" and "reference", and the "frame" selected in the stack. So a pane that gains such a property
 * is bound without a change here.
 */
#include "config.h"

#include "flatline-session-panes.h"

#include <adwaita.h>

#include "flatline-accessible-names.h"
#include "flatline-console-pane.h"
#include "flatline-gradual-end.h"
#include "flatline-heartbeat-pane.h"
#include "flatline-history-pane.h"
#include "flatline-network-pane.h"
#include "flatline-output-pane.h"
#include "flatline-process-pane.h"
#include "flatline-shell-pane.h"
#include "flatline-source-pane.h"
#include "flatline-stack-pane.h"
#include "flatline-step-by-step.h"
#include "flatline-variables-pane.h"

/* After what a person does, before the next frame is drawn: it has them all. */
#define FILL_PRIORITY (FLATLINE_PRIORITY_AFTER_PANES - 1)

struct _FlatlineSessionPanes
{
  GtkWidget *view; /* borrowed: it owns this */
  GtkWidget *slots[FLATLINE_N_PANES];
  GtkWidget *made; /* owned; not in its slot yet; NULL: none */
  guint fill_source;
};

static GType
get_type (FlatlinePane pane)
{
  switch (pane)
    {
    case FLATLINE_PANE_OUTPUT:
      return FLATLINE_TYPE_OUTPUT_PANE;
    case FLATLINE_PANE_HEARTBEAT:
      return FLATLINE_TYPE_HEARTBEAT_PANE;
    case FLATLINE_PANE_STACK:
      return FLATLINE_TYPE_STACK_PANE;
    case FLATLINE_PANE_SOURCE:
      return FLATLINE_TYPE_SOURCE_PANE;
    case FLATLINE_PANE_VARIABLES:
      return FLATLINE_TYPE_VARIABLES_PANE;
    case FLATLINE_PANE_PROCESSES:
      return FLATLINE_TYPE_PROCESS_PANE;
    case FLATLINE_PANE_NETWORK:
      return FLATLINE_TYPE_NETWORK_PANE;
    case FLATLINE_PANE_HISTORY:
      return FLATLINE_TYPE_HISTORY_PANE;
    case FLATLINE_PANE_CONSOLE:
      return FLATLINE_TYPE_CONSOLE_PANE;
    case FLATLINE_PANE_SHELL:
      return FLATLINE_TYPE_SHELL_PANE;
    default:
      g_return_val_if_reached (G_TYPE_INVALID);
    }
}

static void
follow (gpointer source, gpointer pane, const char *property)
{
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (source), property)
      && g_object_class_find_property (G_OBJECT_GET_CLASS (pane), property))
    g_object_bind_property (source, property, pane, property, G_BINDING_SYNC_CREATE);
}

static GtkWidget *
create (FlatlineSessionPanes *self, FlatlinePane which)
{
  static const char *const properties[] = { "session", "store", "snapshot", "examiner", "reference" };
  GtkWidget *pane = g_object_ref_sink (g_object_new (get_type (which), NULL));

  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    follow (self->view, pane, properties[i]);
  if (which != FLATLINE_PANE_STACK && g_object_class_find_property (G_OBJECT_GET_CLASS (pane), "frame"))
    follow (flatline_session_panes_get (self, FLATLINE_PANE_STACK), pane, "frame");
  flatline_accessible_names_give (pane);
  return pane;
}

/* It is styled and measured here, too, and not with all others when the next frame comes. Takes @pane. */
static void
place (FlatlineSessionPanes *self, FlatlinePane which, GtkWidget *pane)
{
  adw_bin_set_child (ADW_BIN (self->slots[which]), pane);
  g_object_unref (pane);
  flatline_measure_ahead (self->slots[which], -1);
}

static gboolean
is_missing (FlatlineSessionPanes *self, FlatlinePane pane)
{
  return self->slots[pane] && !adw_bin_get_child (ADW_BIN (self->slots[pane]));
}

static gboolean
fill_next (gpointer user_data)
{
  FlatlineSessionPanes *self = user_data;

  for (FlatlinePane pane = 0; pane < FLATLINE_N_PANES; pane++)
    if (is_missing (self, pane))
      {
        if (self->made)
          place (self, pane, g_steal_pointer (&self->made));
        else
          self->made = create (self, pane);
        return G_SOURCE_CONTINUE;
      }
  self->fill_source = 0;
  return G_SOURCE_REMOVE;
}

FlatlineSessionPanes *
flatline_session_panes_new (GtkWidget *view, GtkWidget *const slots[FLATLINE_N_PANES])
{
  FlatlineSessionPanes *self = g_new0 (FlatlineSessionPanes, 1);

  self->view = view;
  memcpy (self->slots, slots, sizeof self->slots);
  self->fill_source = g_idle_add_full (FILL_PRIORITY, fill_next, self, NULL);
  return self;
}

void
flatline_session_panes_free (FlatlineSessionPanes *self)
{
  g_clear_handle_id (&self->fill_source, g_source_remove);
  g_clear_object (&self->made);
  g_free (self);
}

GtkWidget *
flatline_session_panes_get (FlatlineSessionPanes *self, FlatlinePane pane)
{
  if (is_missing (self, pane) && self->made && G_OBJECT_TYPE (self->made) == get_type (pane))
    place (self, pane, g_steal_pointer (&self->made));
  else if (is_missing (self, pane))
    place (self, pane, create (self, pane));
  return self->slots[pane] ? adw_bin_get_child (ADW_BIN (self->slots[pane])) : NULL;
}

void
flatline_session_panes_listen (FlatlineSessionPanes *self)
{
  flatline_session_panes_get (self, FLATLINE_PANE_OUTPUT);
  flatline_session_panes_get (self, FLATLINE_PANE_HEARTBEAT);
}

void
flatline_session_panes_end_gradually (FlatlineSessionPanes *self)
{
  g_clear_handle_id (&self->fill_source, g_source_remove);
  g_clear_object (&self->made);
  for (FlatlinePane pane = 0; pane < FLATLINE_N_PANES; pane++)
    if (self->slots[pane] && adw_bin_get_child (ADW_BIN (self->slots[pane])))
      flatline_gradual_end_take (adw_bin_get_child (ADW_BIN (self->slots[pane])));
}
