/* SPDX-License-Identifier: MIT */
/* Tooltips of what is being made: nobody asks the X server for them where the pointer is, as entries of menus would. */
#include <adwaita.h>

#include <dlfcn.h>

#include "flatline-history-pane.h"
#include "flatline-network-pane.h"
#include "flatline-output-pane.h"
#include "flatline-process-pane.h"
#include "flatline-source-pane.h"
#include "flatline-stack-pane.h"
#include "flatline-tooltip.h"
#include "flatline-variables-pane.h"

static guint n_questions;

typedef int
Ask (gpointer, int, gulong, gpointer, gpointer, double *, double *, double *, double *, gpointer, gpointer, gpointer);

Ask XIQueryPointer;

/* Found before the library's own, which it calls. */
int
XIQueryPointer (gpointer display,
                int device,
                gulong window,
                gpointer root,
                gpointer child,
                double *root_x,
                double *root_y,
                double *x,
                double *y,
                gpointer buttons,
                gpointer modifiers,
                gpointer group)
{
  Ask *next = (Ask *)dlsym (RTLD_NEXT, "XIQueryPointer");

  n_questions++;
  return next (display, device, window, root, child, root_x, root_y, x, y, buttons, modifiers, group);
}

static void
test_of_what_is_made (void)
{
  g_autoptr (GtkWidget) button = g_object_ref_sink (gtk_button_new ());

  n_questions = 0;
  flatline_tooltip_set (button, "Find");
  g_assert_cmpuint (n_questions, ==, 0);
  g_assert_cmpstr (gtk_widget_get_tooltip_text (button), ==, "Find");
  g_assert_true (gtk_widget_get_visible (button));
  gtk_widget_set_visible (button, FALSE);
  flatline_tooltip_set (button, "Find More");
  g_assert_false (gtk_widget_get_visible (button));
}

static guint
count (GtkWidget *widget, GType type)
{
  guint n = g_type_is_a (G_OBJECT_TYPE (widget), type);

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    n += count (child, type);
  return n;
}

static guint
count_questions (GType type)
{
  n_questions = 0;
  g_object_unref (g_object_ref_sink (g_object_new (type, NULL)));
  return n_questions;
}

/* GTK's own search entry asks for itself. */
static void
test_of_panes (void)
{
  const GType types[] = {
    FLATLINE_TYPE_OUTPUT_PANE,  FLATLINE_TYPE_SOURCE_PANE, FLATLINE_TYPE_HISTORY_PANE,   FLATLINE_TYPE_NETWORK_PANE,
    FLATLINE_TYPE_PROCESS_PANE, FLATLINE_TYPE_STACK_PANE,  FLATLINE_TYPE_VARIABLES_PANE,
  };
  const guint of_entry = count_questions (GTK_TYPE_SEARCH_ENTRY);

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GtkWidget) pane = g_object_ref_sink (g_object_new (types[i], NULL));

      g_assert_cmpuint (count_questions (types[i]), <=, of_entry * count (pane, GTK_TYPE_SEARCH_ENTRY));
      /* Their menus are made when they are opened. */
      g_assert_cmpuint (count (pane, GTK_TYPE_POPOVER_MENU), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *schemas = g_build_filename (g_getenv ("FLATLINE_TEST_BUILD_ROOT"), "data", NULL);

  g_setenv ("GSETTINGS_SCHEMA_DIR", schemas, TRUE);
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/window/tooltip/of-what-is-made", test_of_what_is_made);
  g_test_add_func ("/window/tooltip/of-panes", test_of_panes);
  return g_test_run ();
}
