/* SPDX-License-Identifier: MIT */
/*
 * Fills the places of a session view. A pane follows what it has a property for: the view's "session", "store",
 * "snapshot" and "examiner", and the "frame" selected in the stack. So a pane that gains such a property is bound
 * without a change here.
 */
#include "config.h"

#include "flatline-session-panes.h"

#include <adwaita.h>

#include "flatline-heartbeat-pane.h"
#include "flatline-network-pane.h"
#include "flatline-source-pane.h"
#include "flatline-stack-pane.h"
#include "flatline-variables-pane.h"

static void
follow (GObject *source, GObject *pane, const char *property)
{
  if (source && g_object_class_find_property (G_OBJECT_GET_CLASS (source), property)
      && g_object_class_find_property (G_OBJECT_GET_CLASS (pane), property))
    g_object_bind_property (source, property, pane, property, G_BINDING_SYNC_CREATE);
}

static GtkWidget *
fill (GtkWidget *slot, GType type, GtkWidget *view, GtkWidget *stack)
{
  GtkWidget *pane = g_object_new (type, NULL);

  follow (G_OBJECT (view), G_OBJECT (pane), "session");
  follow (G_OBJECT (view), G_OBJECT (pane), "store");
  follow (G_OBJECT (view), G_OBJECT (pane), "snapshot");
  follow (G_OBJECT (view), G_OBJECT (pane), "examiner");
  follow (G_OBJECT (view), G_OBJECT (pane), "reference");
  if (stack)
    follow (G_OBJECT (stack), G_OBJECT (pane), "frame");
  adw_bin_set_child (ADW_BIN (slot), pane);
  return pane;
}

void
flatline_session_panes_fill (GtkWidget *view, const FlatlineSessionSlots *slots)
{
  GtkWidget *stack_pane;

  fill (slots->heartbeat, FLATLINE_TYPE_HEARTBEAT_PANE, view, NULL);
  stack_pane = fill (slots->stack, FLATLINE_TYPE_STACK_PANE, view, NULL);
  fill (slots->source, FLATLINE_TYPE_SOURCE_PANE, view, stack_pane);
  fill (slots->variables, FLATLINE_TYPE_VARIABLES_PANE, view, stack_pane);
  fill (slots->network, FLATLINE_TYPE_NETWORK_PANE, view, NULL);
}
