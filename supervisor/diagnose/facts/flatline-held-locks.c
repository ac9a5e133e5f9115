/* SPDX-License-Identifier: MIT */
/*
 * Who holds a lock, read from the kept sources: a frame whose line lies inside the body of `with lock:`, or below
 * `lock.acquire()` in the same block, has taken it. Used where the capture lists no lock; two names are taken for one
 * lock only when they stand for the same object or for a name of the same file, so the answer is likely, never certain.
 */
#include "flatline-program-facts.h"

#include "flatline-code-path.h"

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

/* Locks of asyncio, which tasks hold and not threads, stand in the same list under names that no lock of a thread has.
 */
#define ASYNC_PREFIX "async "

/*
 * Adds "a" and "lock" out of "with a, lock as held:", without those that the block has released by hand; "async a" out
 * of "async with a:".
 */
static void
add_with_items (GStrvBuilder *held, const char *line, GHashTable *released)
{
  g_autofree char *header = NULL;
  g_auto (GStrv) items = NULL;
  const gboolean is_async = g_str_has_prefix (line, ASYNC_PREFIX);

  line += is_async ? strlen (ASYNC_PREFIX) : 0;
  line += strlen ("with ");
  header = g_strndup (line, strcspn (line, ":#\n"));
  items = g_strsplit (g_strdelimit (header, "()", ' '), ",", -1);
  for (char **item = items; *item; item++)
    {
      char *as = strstr (*item, " as ");

      if (as)
        *as = '\0';
      if (g_hash_table_contains (released, g_strstrip (*item)))
        continue;
      if (is_async)
        {
          g_autofree char *name = g_strconcat (ASYNC_PREFIX, *item, NULL);

          g_strv_builder_add (held, name);
        }
      else
        g_strv_builder_add (held, *item);
    }
}

/* "lock" out of "lock.acquire()" at the beginning of @line, which is @length long; NULL for other lines. */
static char *
dup_object_of_call (const char *line, gsize length, const char *method)
{
  const char *call = g_strstr_len (line, length, method);
  const gsize name = call ? strcspn (line, " \t(=,#") : 0;

  return call && line + name > call ? g_strndup (line, call - line) : NULL;
}

/* "lock" out of "stack.enter_context(lock)" at the beginning of @line, which is @length long; NULL for other lines. */
static char *
dup_entered_context (const char *line, gsize length)
{
  const char *call = g_strstr_len (line, length, ".enter_context(");
  const char *end = call ? memchr (call, ')', line + length - call) : NULL;

  if (!end || line + strcspn (line, " \t(=,#") < call)
    return NULL;
  call += strlen (".enter_context(");
  return g_strndup (call, end - call);
}

/* "self.table" for the name "self.lock" of a method that is called as "table.locked()"; others as they are. */
static char *
dup_as_caller_says (const char *name, const char *object)
{
  return object && g_str_has_prefix (name, "self.") ? g_strconcat (object, name + strlen ("self"), NULL)
                                                    : g_strdup (name);
}

/*
 * What a function with @contextmanager has taken when it comes to its `yield`, from line @number of its `def` on. Its
 * `with` blocks are known from its value stack where that can be read; locks taken by hand from here alone.
 */
static void
add_taken_before_yield (
    FlatlineDiagnosis *diagnosis, const char *file, gint64 number, const char *object, GStrvBuilder *held)
{
  gsize length = 0;
  const char *line = flatline_diagnosis_find_line (diagnosis, file, number, &length);
  const guint indent = line ? indent_of (line) : 0;
  g_autoptr (GPtrArray) taken = g_ptr_array_new_with_free_func (g_free);

  for (gint64 i = 1; i < MAX_LINES_BACK && (line = flatline_diagnosis_find_line (diagnosis, file, number + i, &length));
       i++)
    {
      const guint line_indent = indent_of (line);
      g_autofree char *released = NULL;
      char *name;
      guint position;

      length -= strspn (line, " \t");
      line += strspn (line, " \t");
      if (length == 0 || *line == '#')
        continue;
      if (line_indent <= indent || g_str_has_prefix (line, "yield"))
        break;
      name = dup_object_of_call (line, length, ".acquire(");
      if (name)
        g_ptr_array_add (taken, name);
      released = dup_object_of_call (line, length, ".release(");
      if (released && g_ptr_array_find_with_equal_func (taken, released, g_str_equal, &position))
        g_ptr_array_remove_index (taken, position);
    }
  for (guint i = 0; line && g_str_has_prefix (line, "yield") && i < taken->len; i++)
    {
      g_autofree char *name = dup_as_caller_says (g_ptr_array_index (taken, i), object);

      g_strv_builder_add (held, name);
    }
}

/* For "with self.locked(key) as row:", what the function `locked` of the same file holds, if it has @contextmanager. */
static void
add_locks_of_manager (FlatlineDiagnosis *diagnosis, const char *file, const char *with, GStrvBuilder *held)
{
  const char *start = with + strlen ("with ");
  const char *end = start + strspn (start, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
  g_autofree char *callee = g_strndup (start, end - start);
  char *last = strrchr (callee, '.');
  const char *function = last ? last + 1 : callee;
  g_autofree char *head = g_strconcat ("def ", function, "(", NULL);
  const char *line;
  gsize length = 0;
  gboolean decorated = FALSE;

  if (*end != '(' || end == start)
    return;
  if (last)
    *last = '\0';
  for (gint64 number = 1; (line = flatline_diagnosis_find_line (diagnosis, file, number, &length)); number++)
    {
      line += strspn (line, " \t");
      if (*line == '@')
        decorated |=
            g_str_has_prefix (line, "@contextmanager") || g_str_has_prefix (line, "@contextlib.contextmanager");
      else if (decorated && g_str_has_prefix (line, head))
        {
          add_taken_before_yield (diagnosis, file, number, last ? callee : NULL, held);
          return;
        }
      else
        decorated = FALSE;
    }
}

/* Walks from the line of @frame up through the blocks around it, to the head of its function. */
static GStrv
list_held (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame)
{
  g_autoptr (GStrvBuilder) held = g_strv_builder_new ();
  g_autoptr (GHashTable) released = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gsize length = 0;
  const char *line = flatline_diagnosis_find_line (diagnosis, frame->file, frame->line, &length);
  guint indent = line ? indent_of (line) : 0;

  for (gint64 number = frame->line - 1; line && number > 0 && number > frame->line - MAX_LINES_BACK; number--)
    {
      guint line_indent;
      char *object;

      line = flatline_diagnosis_find_line (diagnosis, frame->file, number, &length);
      line_indent = indent_of (line);
      length -= strspn (line, " \t");
      line += strspn (line, " \t");
      if (length == 0 || *line == '#' || line_indent > indent)
        continue;
      object = dup_object_of_call (line, length, ".release(");
      if (object)
        g_hash_table_add (released, object);
      object = dup_object_of_call (line, length, ".acquire(");
      if (!object)
        object = dup_entered_context (line, length);
      if (object && !g_hash_table_contains (released, object))
        g_strv_builder_add (held, object);
      g_free (object);
      if (line_indent == indent)
        continue;
      indent = line_indent;
      if (g_str_has_prefix (line, ASYNC_PREFIX "with "))
        add_with_items (held, line, released);
      if (g_str_has_prefix (line, "with "))
        {
          add_with_items (held, line, released);
          add_locks_of_manager (diagnosis, frame->file, line, held);
        }
      if (g_str_has_prefix (line, "def ") || g_str_has_prefix (line, "async def ") || g_str_has_prefix (line, "class "))
        break;
    }
  return g_strv_builder_end (held);
}

static const char *const *
held_by (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame)
{
  GStrv held = g_hash_table_lookup (diagnosis->held, frame);

  if (!held)
    {
      held = list_held (diagnosis, frame);
      g_hash_table_insert (diagnosis->held, frame, held);
    }
  return (const char *const *)held;
}

static gboolean
frame_holds (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame, const char *name)
{
  return g_strv_contains (held_by (diagnosis, frame), name);
}

/* The object that "self.account.lock" stands for in @frame, as far as its variables were read; 0 otherwise. */
static guint64
address_of (FlatlineFrame *frame, const char *name)
{
  g_auto (GStrv) words = g_strsplit (name, ".", -1);
  FlatlineValue *value = words[0] ? flatline_frame_find_local (frame, words[0]) : NULL;

  for (guint i = 1; value && words[i]; i++)
    value = flatline_value_find_child (value, words[i]);
  return value ? value->address : 0;
}

/*
 * The object that the first word of @name stands for in @frame; 0 when it is not known, as all names of a module's own
 * frame. @is_global: a name of the module, which frames that do not use it have not.
 */
static guint64
address_of_base (FlatlineFrame *frame, const char *name, gboolean *is_global)
{
  g_autofree char *base = g_strndup (name, strcspn (name, ".["));
  FlatlineValue *value = flatline_frame_find_local (frame, base);

  *is_global = !value || g_strcmp0 (frame->function, "<module>") == 0 || g_strcmp0 (value->kind, "global") == 0;
  return value && g_strcmp0 (frame->function, "<module>") != 0 ? value->address : 0;
}

static gboolean
names_same_object (FlatlineFrame *one, FlatlineFrame *other, const char *name)
{
  gboolean first_global = FALSE, second_global = FALSE;
  const guint64 first = address_of_base (one, name, &first_global);
  const guint64 second = address_of_base (other, name, &second_global);

  if (first && second)
    return first == second;
  return first_global && second_global && g_strcmp0 (one->file, other->file) == 0;
}

/* The object itself where both are known, whatever either calls it; the name otherwise. */
static gboolean
holds_lock (
    FlatlineDiagnosis *diagnosis, FlatlineFrame *frame, FlatlineFrame *waiting, const char *name, guint64 address)
{
  const char *const *held;

  if (!flatline_frame_is_own (frame))
    return FALSE;
  held = held_by (diagnosis, frame);
  for (guint i = 0; held[i]; i++)
    {
      const guint64 its_address = address ? address_of (frame, held[i]) : 0;

      if (its_address ? its_address == address
                      : strcmp (held[i], name) == 0 && names_same_object (waiting, frame, name))
        return TRUE;
    }
  return FALSE;
}

static FlatlineFrame *
find_holding_frame (
    FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFrame *waiting, const char *name, guint64 address)
{
  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

      if (holds_lock (diagnosis, frame, waiting, name, address))
        return frame;
    }
  return NULL;
}

FlatlineThread *
flatline_diagnosis_find_lock_holder (
    FlatlineDiagnosis *diagnosis, FlatlineThread *waiting, const char *name, guint64 address, FlatlineFrame **frame)
{
  FlatlineFrame *place = flatline_thread_find_place (waiting);
  FlatlineThread *thread;

  if (place && address == 0)
    address = address_of (place, name);

  for (guint i = 0; place && (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      if (thread == waiting || thread->pid != waiting->pid)
        continue;
      *frame = find_holding_frame (diagnosis, thread, place, name, address);
      if (*frame)
        return thread;
    }
  *frame = place ? find_holding_frame (diagnosis, waiting, place, name, address) : NULL;
  return *frame ? waiting : NULL;
}

FlatlineTask *
flatline_diagnosis_find_lock_holding_task (
    FlatlineDiagnosis *diagnosis, FlatlineFrame *place, const char *name, guint64 address, FlatlineFrame **frame)
{
  if (place && address == 0)
    address = address_of (place, name);
  for (guint i = 0; place && i < flatline_list_length (diagnosis->snapshot->tasks); i++)
    {
      FlatlineTask *task = flatline_list_peek (diagnosis->snapshot->tasks, i);

      /* The frames of one that runs are on its thread's stack. */
      for (guint j = 0; g_strcmp0 (task->state, "PENDING") == 0 && j < flatline_list_length (task->frames); j++)
        {
          *frame = flatline_list_peek (task->frames, j);
          if (holds_lock (diagnosis, *frame, place, name, address))
            return task;
        }
    }
  return NULL;
}

/* By the name that it has in @waiting, or by any that it has in @frame. */
static gboolean
has_async_lock (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame, FlatlineFrame *waiting, const char *name)
{
  const guint64 address = address_of (waiting, name);
  g_autofree char *entry = g_strconcat (ASYNC_PREFIX, name, NULL);

  if (frame_holds (diagnosis, frame, entry) && names_same_object (waiting, frame, name))
    return TRUE;
  for (guint i = 0; address != 0 && i < flatline_list_length (frame->locals); i++)
    {
      FlatlineValue *value = flatline_list_peek (frame->locals, i);
      g_autofree char *other =
          value->address == address && value->name ? g_strconcat (ASYNC_PREFIX, value->name, NULL) : NULL;

      if (other && frame_holds (diagnosis, frame, other))
        return TRUE;
    }
  return FALSE;
}

FlatlineTask *
flatline_diagnosis_find_async_lock_holder (FlatlineDiagnosis *diagnosis,
                                           FlatlineFrame *waiting,
                                           const char *name,
                                           FlatlineFrame **frame)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->tasks); i++)
    {
      FlatlineTask *task = flatline_list_peek (diagnosis->snapshot->tasks, i);

      for (guint j = 0; flatline_task_is_pending (task) && j < flatline_list_length (task->frames); j++)
        {
          *frame = flatline_list_peek (task->frames, j);
          if (flatline_frame_is_own (*frame) && has_async_lock (diagnosis, *frame, waiting, name))
            return task;
        }
    }
  return NULL;
}

gboolean
flatline_diagnosis_releases_by_hand (FlatlineDiagnosis *diagnosis, const char *name)
{
  const char *last = name ? strrchr (name, '.') : NULL;
  g_autofree char *call = g_strconcat (last ? last + 1 : name ? name : "", ".release(", NULL);

  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->sources); i++)
    {
      FlatlineSourceFile *source = flatline_list_peek (diagnosis->snapshot->sources, i);

      if (source->text && source->file && flatline_path_is_own (source->file) && strstr (source->text, call))
        return TRUE;
    }
  return FALSE;
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
      for (guint j = 0; j < flatline_thread_count_frames (thread); j++)
        {
          *frame = flatline_thread_peek_frame (thread, j);
          if (frame_holds (diagnosis, *frame, name) && flatline_frame_is_own (*frame)
              && names_same_forked_object (place, *frame, name))
            return thread;
        }
    }
  *frame = NULL;
  return NULL;
}
