/* SPDX-License-Identifier: MIT */
/* FlatlineRecording: its life, and what it knows as a whole. */
#include "config.h"

#include "flatline-recording-private.h"

#include <glib/gi18n.h>
#include <string.h>

G_DEFINE_FINAL_TYPE (FlatlineRecording, flatline_recording, G_TYPE_OBJECT)

static void
free_code (gpointer data)
{
  FlatlineRecordedCode *code = data;

  if (!code)
    return;
  g_free (code->file);
  g_free (code->function);
  g_free (code->qualified_name);
  g_strfreev (code->arguments);
  g_free (code);
}

static void
free_thread (gpointer data)
{
  FlatlineRecordedThread *thread = data;

  if (!thread)
    return;
  g_clear_object (&thread->thread);
  g_array_unref (thread->events);
  g_free (thread);
}

static void
flatline_recording_finalize (GObject *object)
{
  FlatlineRecording *self = FLATLINE_RECORDING (object);

  if (self->text)
    g_string_free (self->text, TRUE);
  g_array_unref (self->events);
  g_array_unref (self->changes);
  g_array_unref (self->calls);
  g_ptr_array_unref (self->codes);
  g_ptr_array_unref (self->threads);
  g_ptr_array_unref (self->names);
  g_hash_table_unref (self->name_numbers);
  g_clear_pointer (&self->source_lines, g_hash_table_unref);
  g_clear_object (&self->sources);
  g_clear_object (&self->program);
  g_free (self->host);
  g_free (self->how);
  g_ptr_array_unref (self->notes);
  G_OBJECT_CLASS (flatline_recording_parent_class)->finalize (object);
}

static void
flatline_recording_class_init (FlatlineRecordingClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_recording_finalize;
}

static void
flatline_recording_init (FlatlineRecording *self)
{
  FlatlineRecordedCall none = { 0 };

  self->events = g_array_new (FALSE, FALSE, sizeof (FlatlineEvent));
  self->changes = g_array_new (FALSE, FALSE, sizeof (FlatlineChange));
  self->calls = g_array_new (FALSE, TRUE, sizeof (FlatlineRecordedCall));
  g_array_append_val (self->calls, none);
  self->codes = g_ptr_array_new_with_free_func (free_code);
  g_ptr_array_add (self->codes, NULL);
  self->threads = g_ptr_array_new_with_free_func (free_thread);
  g_ptr_array_add (self->threads, NULL);
  self->names = g_ptr_array_new ();
  self->name_numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->notes = g_ptr_array_new_with_free_func (g_free);
}

FlatlineRecording *
flatline_recording_load (const char *path, GError **error)
{
  g_autoptr (FlatlineRecording) self = g_object_new (FLATLINE_TYPE_RECORDING, NULL);
  gboolean is_cut;

  self->text = flatline_recording_read_file (path, &self->how, &self->is_damaged, error);
  if (!self->text)
    return NULL;
  is_cut = self->is_damaged;
  flatline_recording_index (self);
  if (is_cut && self->events->len == 0)
    {
      flatline_recording_set_cut (path, error);
      return NULL;
    }
  return g_steal_pointer (&self);
}

guint
flatline_recording_get_n_events (FlatlineRecording *self)
{
  return self->events->len;
}

const FlatlineEvent *
flatline_recording_peek_event (FlatlineRecording *self, guint event)
{
  g_return_val_if_fail (event < self->events->len, NULL);
  return &g_array_index (self->events, FlatlineEvent, event);
}

FlatlineThread *
flatline_recording_peek_thread (FlatlineRecording *self, guint event)
{
  const FlatlineEvent *at = flatline_recording_peek_event (self, event);

  return ((FlatlineRecordedThread *)self->threads->pdata[at->thread])->thread;
}

FlatlineProgram *
flatline_recording_peek_program (FlatlineRecording *self)
{
  return self->program;
}

const char *
flatline_recording_peek_host (FlatlineRecording *self)
{
  return self->host;
}

gint64
flatline_recording_get_started_us (FlatlineRecording *self)
{
  return self->started_us;
}

char *
flatline_recording_dup_ending (FlatlineRecording *self)
{
  if (self->is_damaged)
    return g_strdup (_ ("The recording is damaged: it is shown up to there"));
  if (g_str_equal (self->how, "finished"))
    return NULL;
  if (g_str_equal (self->how, "limit"))
    return g_strdup (_ ("The recording has reached its size limit and ends here; the program went on (--limit)"));
  if (*self->how)
    return g_strdup_printf (/* Translators: why a file could not be written */
                            _ ("The recording ends here, since it could not be written: %s"), self->how);
  return g_strdup (_ ("The recording has no end: the program is still running, was killed, or ended by os._exit()"));
}

FlatlineRecordedCode *
flatline_recording_peek_code (FlatlineRecording *self, guint event)
{
  guint32 call = flatline_recording_peek_event (self, event)->call;

  return self->codes->pdata[g_array_index (self->calls, FlatlineRecordedCall, call).code];
}

const char *
flatline_recording_peek_file (FlatlineRecording *self, guint event)
{
  return flatline_recording_peek_code (self, event)->file;
}

const char *
flatline_recording_peek_function (FlatlineRecording *self, guint event)
{
  FlatlineRecordedCode *code = flatline_recording_peek_code (self, event);

  return code->qualified_name ? code->qualified_name : code->function;
}

static GPtrArray *
list_lines (const char *text)
{
  GPtrArray *lines = g_ptr_array_new ();

  while (text)
    {
      const char *end = strchr (text, '\n');

      g_ptr_array_add (lines, (gpointer)text);
      text = end ? end + 1 : NULL;
    }
  return lines;
}

char *
flatline_recording_dup_source_line (FlatlineRecording *self, guint event)
{
  const char *file = flatline_recording_peek_file (self, event);
  guint32 line = flatline_recording_peek_event (self, event)->line;
  GPtrArray *lines;
  const char *end;

  if (!self->source_lines)
    {
      self->source_lines = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
      for (guint i = 0; i < flatline_list_length (self->sources); i++)
        {
          FlatlineSourceFile *source = flatline_list_peek (self->sources, i);

          if (source->file && source->text)
            g_hash_table_insert (self->source_lines, source->file, list_lines (source->text));
        }
    }
  lines = file ? g_hash_table_lookup (self->source_lines, file) : NULL;
  if (!lines || line == 0 || line > lines->len)
    return NULL;
  end = strchr (lines->pdata[line - 1], '\n');
  return g_strstrip (end ? g_strndup (lines->pdata[line - 1], end - (char *)lines->pdata[line - 1])
                         : g_strdup (lines->pdata[line - 1]));
}

const char *
flatline_event_kind_get_word (FlatlineEventKind kind)
{
  static const char *const words[] = { "call", "resume", "line", "exception", "return", "yield", "unwind" };

  return words[kind];
}

const char *
flatline_event_kind_get_label (FlatlineEventKind kind)
{
  static const char *const labels[] = { N_ ("called"),
                                        N_ ("goes on"),
                                        N_ ("line"),
                                        N_ ("exception"),
                                        N_ ("returns"),
                                        N_ ("yields"),
                                        N_ ("left by an exception") };

  return _ (labels[kind]);
}
