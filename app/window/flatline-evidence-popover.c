/* SPDX-License-Identifier: MIT */
/*
 * What a verdict rests on, behind a button of the banner: how sure it is, each fact with where it was read, and for a
 * fact about something that a pane can show, the way there. The banner itself names only the first few things; all are
 * here.
 */
#include "config.h"

#include "flatline-evidence-popover.h"

#include "flatline-shown-text.h"

#include <glib/gi18n.h>

/* How much it is worth, in the words of the help. */
static const char *
worth_text (const char *confidence)
{
  if (g_strcmp0 (confidence, "certain") == 0)
    return _ ("Certain: the facts prove it, such as a circle of locks whose holders are known.");
  if (g_strcmp0 (confidence, "likely") == 0)
    return _ ("Likely: the facts fit, and nothing speaks against it.");
  return _ ("Guess: it is what the program was doing when it was looked at; it may be passing.");
}

static GtkWidget *
new_line (const char *text, const char *css_class)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", text, "xalign", 0.0, "wrap", TRUE, "wrap-mode",
                                   PANGO_WRAP_WORD_CHAR, "max-width-chars", 64, NULL);

  if (css_class)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

/* Enter, Space and a click lead to what the fact is about. */
static void
lead_to (GtkWidget *row, GtkWidget *content, FlatlineReference *about)
{
  g_autofree char *target = flatline_record_to_json_string (FLATLINE_RECORD (about), FALSE);
  GtkWidget *arrow = gtk_image_new_from_icon_name ("go-next-symbolic");

  gtk_accessible_update_state (GTK_ACCESSIBLE (arrow), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  gtk_widget_set_halign (arrow, GTK_ALIGN_END);
  gtk_widget_set_hexpand (arrow, TRUE);
  gtk_box_append (GTK_BOX (content), arrow);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (row), "s", target);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (row), "session.show-reference");
}

static GtkWidget *
new_row (const char *raw_fact, const char *raw_source, FlatlineReference *about)
{
  g_autofree char *fact = flatline_shown_text_dup (raw_fact);
  g_autofree char *source = flatline_shown_text_dup (raw_source);
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *content = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_box_append (GTK_BOX (lines), new_line (fact, NULL));
  if (source && *source)
    gtk_box_append (GTK_BOX (lines), new_line (source, "evidence-source"));
  gtk_box_append (GTK_BOX (content), lines);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), content);
  if (about && about->label)
    lead_to (row, content, about);
  else
    gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, fact,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, source ? source : "", -1);
  return row;
}

static gboolean
is_same_place (FlatlineReference *reference, FlatlineEvidence *evidence)
{
  return evidence->about && g_strcmp0 (reference->label, evidence->about->label) == 0;
}

/* What the chain speaks of and no fact leads to. */
static void
append_rest (GtkListBox *list, FlatlineVerdict *verdict)
{
  g_autoptr (GPtrArray) references = flatline_verdict_list_references (verdict);

  for (guint i = 0; i < references->len; i++)
    {
      FlatlineReference *reference = g_ptr_array_index (references, i);
      gboolean told = !reference->label;

      for (guint j = 0; j < flatline_list_length (verdict->evidence) && !told; j++)
        told = is_same_place (reference, flatline_list_peek (verdict->evidence, j));
      if (!told)
        gtk_list_box_append (list, new_row (reference->label, NULL, reference));
    }
}

gboolean
flatline_evidence_popover_show_verdict (GtkPopover *popover, FlatlineVerdict *verdict)
{
  GtkListBox *list = g_object_get_data (G_OBJECT (popover), "flatline-list");
  GtkLabel *heading = g_object_get_data (G_OBJECT (popover), "flatline-heading");
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (list, 0)))
    gtk_list_box_remove (list, GTK_WIDGET (row));
  if (!verdict)
    return FALSE;
  gtk_label_set_label (heading, worth_text (verdict->confidence));
  for (guint i = 0; i < flatline_list_length (verdict->evidence); i++)
    {
      FlatlineEvidence *evidence = flatline_list_peek (verdict->evidence, i);

      gtk_list_box_append (list, new_row (evidence->fact, evidence->source, evidence->about));
    }
  append_rest (list, verdict);
  return gtk_list_box_get_row_at_index (list, 0) != NULL;
}

GtkWidget *
flatline_evidence_popover_new (void)
{
  GtkWidget *popover = gtk_popover_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *heading = new_line (NULL, "heading");
  GtkWidget *list = gtk_list_box_new ();
  GtkWidget *scroller =
      g_object_new (GTK_TYPE_SCROLLED_WINDOW, "hscrollbar-policy", GTK_POLICY_NEVER, "propagate-natural-height", TRUE,
                    "propagate-natural-width", TRUE, "max-content-height", 360, "child", list, NULL);

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "evidence");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Evidence"), -1);
  g_signal_connect_swapped (list, "row-activated", G_CALLBACK (gtk_popover_popdown), popover);
  gtk_box_append (GTK_BOX (box), heading);
  gtk_box_append (GTK_BOX (box), scroller);
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  g_object_set_data (G_OBJECT (popover), "flatline-list", list);
  g_object_set_data (G_OBJECT (popover), "flatline-heading", heading);
  gtk_accessible_update_property (GTK_ACCESSIBLE (popover), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Evidence"), -1);
  return popover;
}
