/* SPDX-License-Identifier: MIT */
/* Saves a snapshot for others. The suffix of the file name decides the format; the filters of the dialog offer them. */
#include "config.h"

#include "flatline-export.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#include "flatline-file.h"
#include "flatline-program-name.h"
#include "flatline-report-html.h"
#include "flatline-report-text.h"
#include "flatline-shared-reading.h"
#include "flatline-toast.h"

typedef struct
{
  GtkWidget *parent; /* weak */
  GtkFileChooserNative *chooser;
  FlatlineSnapshot *snapshot;
  char *stem;
} Export;

static const struct
{
  const char *name;
  const char *suffix;
} formats[] = {
  { N_ ("Flatline snapshot"), "flatline" },
  { N_ ("Web page"), "html" },
  { N_ ("Text"), "txt" },
  { N_ ("JSON"), "json" },
};

static void
export_free (Export *export)
{
  g_clear_weak_pointer (&export->parent);
  g_clear_object (&export->chooser);
  g_clear_object (&export->snapshot);
  g_free (export->stem);
  g_free (export);
}

/* Writes @snapshot to @path in the format its suffix names: .html, .txt, .json, anything else is .flatline. Blocking.
 */
static gboolean
save (FlatlineSnapshot *snapshot, const char *path, GError **error)
{
  g_autofree char *text = NULL;

  if (g_str_has_suffix (path, ".html"))
    text = flatline_report_html (snapshot);
  else if (g_str_has_suffix (path, ".txt"))
    text = flatline_report_text (snapshot, FLATLINE_REPORT_ALL);
  else if (g_str_has_suffix (path, ".json"))
    text = flatline_record_to_json_string (FLATLINE_RECORD (snapshot), TRUE);
  else
    return flatline_file_save (snapshot, path, error);
  return g_file_set_contents (path, text, -1, error);
}

static void
say (Export *export, const char *line)
{
  if (export->parent)
    flatline_toast_say (export->parent, line);
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Export *export = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    line = g_strdup_printf (_ ("Saved as %s"), (const char *)g_task_get_task_data (G_TASK (result)));
  say (export, line ? line : error->message);
  export_free (export);
}

/* A snapshot shown is not changed any more, so a worker may read it. */
static void
save_in_thread (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  g_autoptr (FlatlineSharedReading) reading = flatline_shared_reading_begin ();
  GError *error = NULL;

  if (save (FLATLINE_SNAPSHOT (source), path, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_response (GtkFileChooserNative *chooser, int response, gpointer user_data)
{
  Export *export = user_data;
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  g_autoptr (GTask) task = NULL;

  if (response != GTK_RESPONSE_ACCEPT || !file || !g_file_peek_path (file))
    {
      if (response == GTK_RESPONSE_ACCEPT)
        say (export, _ ("This place is not a folder of this computer; choose another"));
      export_free (export);
      return;
    }
  task = g_task_new (export->snapshot, NULL, on_saved, export);
  g_task_set_task_data (task, g_file_get_path (file), g_free);
  g_task_run_in_thread (task, save_in_thread);
}

/* Choosing a format gives the name its suffix. */
static void
on_filter (GtkFileChooserNative *chooser, GParamSpec *pspec, Export *export)
{
  GtkFileFilter *filter = gtk_file_chooser_get_filter (GTK_FILE_CHOOSER (chooser));
  const char *suffix = filter ? g_object_get_data (G_OBJECT (filter), "suffix") : NULL;
  g_autofree char *name = suffix ? g_strdup_printf ("%s.%s", export->stem, suffix) : NULL;

  if (name)
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), name);
}

static char *
suggest_stem (FlatlineSnapshot *snapshot)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (snapshot->captured_us / G_USEC_PER_SEC);
  g_autofree char *stamp = g_date_time_format (time, "%Y-%m-%d-%H%M%S");
  g_autofree char *name =
      snapshot->program ? flatline_program_name_dup_stem ((const char *const *)snapshot->program->argv) : NULL;

  return g_strdup_printf ("%s-%s", name ? name : "snapshot", stamp);
}

void
flatline_export_ask (GtkWidget *parent, FlatlineSnapshot *snapshot)
{
  Export *export = g_new0 (Export, 1);
  GtkFileChooser *chooser;

  g_set_weak_pointer (&export->parent, parent);
  export->snapshot = g_object_ref (snapshot);
  export->stem = suggest_stem (snapshot);
  export->chooser = gtk_file_chooser_native_new (_ ("Export Snapshot"), GTK_WINDOW (gtk_widget_get_root (parent)),
                                                 GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), NULL);
  chooser = GTK_FILE_CHOOSER (export->chooser);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      GtkFileFilter *filter = gtk_file_filter_new ();

      gtk_file_filter_set_name (filter, _ (formats[i].name));
      gtk_file_filter_add_suffix (filter, formats[i].suffix);
      g_object_set_data (G_OBJECT (filter), "suffix", (gpointer)formats[i].suffix);
      gtk_file_chooser_add_filter (chooser, filter);
      g_object_unref (filter);
    }
  g_signal_connect (chooser, "notify::filter", G_CALLBACK (on_filter), export);
  g_signal_connect (chooser, "response", G_CALLBACK (on_response), export);
  on_filter (export->chooser, NULL, export);
  if (!gtk_file_chooser_get_filter (chooser))
    {
      g_autofree char *name = g_strconcat (export->stem, ".flatline", NULL);

      gtk_file_chooser_set_current_name (chooser, name);
    }
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}
