/* SPDX-License-Identifier: MIT */
/*
 * Who holds a lock, read from the kept sources: a frame whose line lies inside the body of `with lock:`, or below
 * `lock.acquire()` in the same block, has taken it. Used where the capture lists no lock; two names are taken for one
 * lock only when they stand for the same object or for a name of the same file, so the answer is likely, never certain.
 */
#include "flatline-diagnosis.h"

#include <string.h>

#define MAX_LINES_BACK 2000

static guint
indent_of (const char *line)
{
  guint indent = 0;

  for (; *line == ' ' || *line == '\t'; line++)
    indent = *line == '\t' ? (indent / 8 + 1) * 8 : indent + 1;
  return indent;
}

/* TRUE for "with a, lock as held:" and the name "lock". */
static gboolean
with_takes (const char *line, const char *name)
{
  g_autofree char *header = NULL;
  g_auto (GStrv) items = NULL;

  if (!g_str_has_prefix (line, "with "))
    return FALSE;
  line += strlen ("with ");
  header = g_strndup (line, strcspn (line, ":#"));
  items = g_strsplit (g_strdelimit (header, "()", ' '), ",", -1);
  for (char **item = items; *item; item++)
    {
      char *as = strstr (*item, " as ");

      if (as)
        *as = '\0';
      if (strcmp (g_strstrip (*item), name) == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
calls_method (const char *line, const char *name, const char *method)
{
  const gsize length = strlen (name);

  return g_str_has_prefix (line, name) && g_str_has_prefix (line + length, method);
}

/* Walks from the line of @frame up through the blocks around it, to the head of its function. */
static gboolean
frame_holds (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame, const char *name)
{
  FlatlineSourceFile *source = frame->file ? flatline_snapshot_find_source (diagnosis->snapshot, frame->file) : NULL;
  g_auto (GStrv) lines = source && source->text ? g_strsplit (source->text, "\n", -1) : NULL;
  const gint64 n_lines = lines ? g_strv_length (lines) : 0;
  gboolean released = FALSE;
  guint indent;

  if (frame->line < 1 || frame->line > n_lines)
    return FALSE;
  indent = indent_of (lines[frame->line - 1]);
  for (gint64 i = frame->line - 2; i >= 0 && i > frame->line - MAX_LINES_BACK; i--)
    {
      const guint line_indent = indent_of (lines[i]);
      const char *line = lines[i] + strspn (lines[i], " \t");

      if (*line == '\0' || *line == '#' || line_indent > indent)
        continue;
      if (calls_method (line, name, ".release("))
        released = TRUE;
      if (!released && calls_method (line, name, ".acquire("))
        return TRUE;
      if (line_indent == indent)
        continue;
      indent = line_indent;
      if (with_takes (line, name))
        return TRUE;
      if (g_str_has_prefix (line, "def ") || g_str_has_prefix (line, "async def ") || g_str_has_prefix (line, "class "))
        return FALSE;
    }
  return FALSE;
}

/*
 * The object that the first word of @name stands for in @frame; 0 for a global name, as all of a module's own frame
 * are, and when it is not known.
 */
static guint64
address_of_base (FlatlineFrame *frame, const char *name)
{
  g_autofree char *base = g_strndup (name, strcspn (name, ".["));
  FlatlineValue *value = flatline_frame_find_local (frame, base);

  if (g_strcmp0 (frame->function, "<module>") == 0)
    return 0;
  return value ? value->address : 0;
}

static gboolean
names_same_object (FlatlineFrame *one, FlatlineFrame *other, const char *name)
{
  const guint64 first = address_of_base (one, name);
  const guint64 second = address_of_base (other, name);

  if (first || second)
    return first == second;
  return g_strcmp0 (one->file, other->file) == 0;
}

static FlatlineFrame *
find_holding_frame (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFrame *waiting, const char *name)
{
  for (guint i = 0; i < flatline_list_length (thread->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);

      if (flatline_frame_is_own (frame) && names_same_object (waiting, frame, name)
          && frame_holds (diagnosis, frame, name))
        return frame;
    }
  return NULL;
}

FlatlineThread *
flatline_diagnosis_find_lock_holder (FlatlineDiagnosis *diagnosis,
                                     FlatlineThread *waiting,
                                     const char *name,
                                     FlatlineFrame **frame)
{
  FlatlineFrame *place = flatline_thread_find_place (waiting);
  FlatlineThread *thread;

  for (guint i = 0; place && (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      if (thread == waiting || thread->pid != waiting->pid)
        continue;
      *frame = find_holding_frame (diagnosis, thread, place, name);
      if (*frame)
        return thread;
    }
  *frame = place ? find_holding_frame (diagnosis, waiting, place, name) : NULL;
  return *frame ? waiting : NULL;
}

/* Forked processes have the same object at the same address; without addresses, the same name in the same file. */
static gboolean
names_same_forked_object (FlatlineFrame *one, FlatlineFrame *other, const char *name)
{
  g_autofree char *base = g_strndup (name, strcspn (name, ".["));
  FlatlineValue *first = flatline_frame_find_local (one, base);
  FlatlineValue *second = flatline_frame_find_local (other, base);

  if (first && second && first->address && second->address)
    return first->address == second->address;
  return g_strcmp0 (one->file, other->file) == 0;
}

FlatlineThread *
flatline_diagnosis_find_lock_holder_in (
    FlatlineDiagnosis *diagnosis, FlatlineThread *waiting, const char *name, gint64 pid, FlatlineFrame **frame)
{
  FlatlineFrame *place = flatline_thread_find_place (waiting);
  FlatlineThread *thread;

  for (guint i = 0; place && (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      if (thread->pid == waiting->pid || (pid && thread->pid != pid))
        continue;
      for (guint j = 0; j < flatline_list_length (thread->frames); j++)
        {
          *frame = flatline_list_peek (thread->frames, j);
          if (flatline_frame_is_own (*frame) && names_same_forked_object (place, *frame, name)
              && frame_holds (diagnosis, *frame, name))
            return thread;
        }
    }
  *frame = NULL;
  return NULL;
}
