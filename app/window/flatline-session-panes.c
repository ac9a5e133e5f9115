/* SPDX-License-Identifier: MIT */
/*
 * Fills the places of a session view. A pane follows what it has a property for: the view's "session", "store",
 * "snapshot" and "examiner", and the "frame" selected in the stack. So a pane that gains such a property is bound
 * without a change here.
 */
#include "config.h"

#include "flatline-session-panes.h"

#include <adwaita.h>

#ifdef HAVE_HEARTBEAT_PANE
#include "flatline-heartbeat-pane.h"
#endif
#ifdef HAVE_STACK_PANE
#include "flatline-stack-pane.h"
#endif
#ifdef HAVE_SOURCE_PANE
#include "flatline-source-pane.h"
#endif
#ifdef HAVE_VARIABLES_PANE
#include "flatline-variables-pane.h"
#endif
#ifdef HAVE_NETWORK_PANE
#include "flatline-network-pane.h"
#endif

static void
follow (GObject *source, GObject *pane, const char *property)
{
  if (source && g_object_class_find_property (G_OBJECT_GET_CLASS (source), property)
      && g_object_class_find_property (G_OBJECT_GET_CLASS (pane), property))
    g_object_bind_property (source, property, pane, property, G_BINDING_SYNC_CREATE);
}

/* @type is G_TYPE_INVALID where this build has no such pane. */
static GtkWidget *
fill (GtkWidget *slot, GType type, GtkWidget *view, GtkWidget *stack)
{
  GtkWidget *pane;

  gtk_widget_set_visible (slot, type != G_TYPE_INVALID);
  if (type == G_TYPE_INVALID)
    return NULL;
  pane = g_object_new (type, NULL);
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
  GType heartbeat = G_TYPE_INVALID;
  GType stack = G_TYPE_INVALID;
  GType source = G_TYPE_INVALID;
  GType variables = G_TYPE_INVALID;
  GType network = G_TYPE_INVALID;
  GtkWidget *stack_pane;

#ifdef HAVE_HEARTBEAT_PANE
  heartbeat = FLATLINE_TYPE_HEARTBEAT_PANE;
#endif
#ifdef HAVE_STACK_PANE
  stack = FLATLINE_TYPE_STACK_PANE;
#endif
#ifdef HAVE_SOURCE_PANE
  source = FLATLINE_TYPE_SOURCE_PANE;
#endif
#ifdef HAVE_VARIABLES_PANE
  variables = FLATLINE_TYPE_VARIABLES_PANE;
#endif
#ifdef HAVE_NETWORK_PANE
  network = FLATLINE_TYPE_NETWORK_PANE;
#endif
  fill (slots->heartbeat, heartbeat, view, NULL);
  stack_pane = fill (slots->stack, stack, view, NULL);
  fill (slots->source, source, view, stack_pane);
  fill (slots->variables, variables, view, stack_pane);
  fill (slots->network, network, view, NULL);
}
