/* SPDX-License-Identifier: MIT */
/* The text is made value by value: a cancelled one ends between two of them, and the clipboard stays as it was. */
#include "config.h"

#include "flatline-value-copying.h"

#include <glib/gi18n.h>
#include <string.h>

#include "flatline-shared-reading.h"
#include "flatline-toast.h"

typedef struct
{
  GPtrArray *values;
  gboolean as_list;
} Copying;

static void
copying_free (gpointer data)
{
  Copying *copying = data;

  g_ptr_array_unref (copying->values);
  g_free (copying);
}

typedef struct
{
  GTask *task;
  guint n_done;
} Told;

static gboolean
tell (gpointer user_data)
{
  const Told *told = user_data;
  const Copying *copying = g_task_get_task_data (told->task);

  flatline_value_progress_tell (g_task_get_source_object (told->task), told->n_done, copying->values->len);
  return G_SOURCE_REMOVE;
}

static void
told_free (gpointer data)
{
  Told *told = data;

  g_object_unref (told->task);
  g_free (told);
}

static void
append_value (GString *text, FlatlineRecord *value, gboolean in_list)
{
  g_autofree char *json = flatline_record_to_json_string (value, TRUE);

  for (const char *line = json, *end; line; line = end ? end + 1 : NULL)
    {
      end = strchr (line, '\n');
      g_string_append (text, in_list ? "  " : "");
      g_string_append_len (text, line, end ? end + 1 - line : (gssize)strlen (line));
    }
}

static void
write_in_worker (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_autoptr (FlatlineSharedReading) reading = flatline_shared_reading_begin ();
  const Copying *copying = task_data;
  g_autoptr (GString) text = g_string_new (copying->as_list ? "[\n" : "");

  for (guint i = 0; i < copying->values->len && !g_cancellable_is_cancelled (cancellable); i++)
    {
      Told *told = g_new (Told, 1);

      if (i > 0)
        g_string_append (text, ",\n");
      append_value (text, copying->values->pdata[i], copying->as_list);
      *told = (Told){ g_object_ref (task), i + 1 };
      g_idle_add_full (G_PRIORITY_DEFAULT, tell, told, told_free);
    }
  if (copying->as_list)
    g_string_append (text, "\n]");
  if (g_cancellable_is_cancelled (cancellable))
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Nothing was copied"));
  else
    g_task_return_pointer (task, g_string_free (g_steal_pointer (&text), FALSE), g_free);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_task_propagate_pointer (G_TASK (result), &error);

  if (!flatline_value_progress_is_of (FLATLINE_VALUE_PROGRESS (source), g_task_get_cancellable (G_TASK (result))))
    return; /* another has taken its place */
  flatline_value_progress_end (FLATLINE_VALUE_PROGRESS (source));
  if (text)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (source)), text);
  else if (gtk_widget_get_root (GTK_WIDGET (source)))
    flatline_toast_say (GTK_WIDGET (source), error->message);
}

static void
begin (FlatlineValueProgress *progress, GPtrArray *values, gboolean as_list)
{
  g_autoptr (GTask) task = g_task_new (progress, flatline_value_progress_begin (progress), on_written, NULL);
  Copying *copying = g_new (Copying, 1);

  *copying = (Copying){ values, as_list };
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, copying, copying_free);
  g_task_run_in_thread (task, write_in_worker);
}

void
flatline_value_copying_begin_list (FlatlineValueProgress *progress, GListStore *values)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < flatline_list_length (values); i++)
    g_ptr_array_add (list, g_object_ref (flatline_list_peek (values, i)));
  begin (progress, list, TRUE);
}

void
flatline_value_copying_begin (FlatlineValueProgress *progress, FlatlineValue *value)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (list, g_object_ref (value));
  begin (progress, list, FALSE);
}

char *
flatline_value_copying_dup_lines (GListStore *values)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < flatline_list_length (values); i++)
    {
      const FlatlineValue *value = flatline_list_peek (values, i);

      g_string_append_printf (text, "%s = %s\n", value->name ? value->name : "", value->text ? value->text : "");
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
