/* SPDX-License-Identifier: MIT */
/* Turns a snapshot into the rows of the stack pane. Pure: a snapshot in, rows out; no widget, no file. */
#include "config.h"

#include "flatline-stack-entry.h"

#include <glib/gi18n.h>

#include "flatline-record-words.h"
#include "flatline-thread-facts.h"

G_DEFINE_FINAL_TYPE (FlatlineStackEntry, flatline_stack_entry, G_TYPE_OBJECT)

static void
flatline_stack_entry_finalize (GObject *object)
{
  FlatlineStackEntry *self = FLATLINE_STACK_ENTRY (object);

  g_free (self->title);
  g_free (self->detail);
  g_free (self->tooltip);
  g_clear_object (&self->thread);
  g_clear_object (&self->frame);
  g_clear_object (&self->children);
  G_OBJECT_CLASS (flatline_stack_entry_parent_class)->finalize (object);
}

static void
flatline_stack_entry_class_init (FlatlineStackEntryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_stack_entry_finalize;
}

static void
flatline_stack_entry_init (FlatlineStackEntry *self)
{
}

static FlatlineStackEntry *
create_entry (FlatlineStackEntryKind kind, const char *icon)
{
  FlatlineStackEntry *entry = g_object_new (FLATLINE_TYPE_STACK_ENTRY, NULL);

  entry->kind = kind;
  entry->icon = icon;
  return entry;
}

/* Appends and lets go; borrowed from the list then. */
static FlatlineStackEntry *
append (GListStore **list, FlatlineStackEntry *entry)
{
  if (!*list)
    *list = g_list_store_new (FLATLINE_TYPE_STACK_ENTRY);
  g_list_store_append (*list, entry);
  g_object_unref (entry);
  return entry;
}

#define MIN_FOLDED 3

static gboolean
is_native (FlatlineFrame *frame)
{
  return g_strcmp0 (frame->kind, "native") == 0;
}

static FlatlineStackEntry *
create_frame_entry (FlatlineFrame *frame, FlatlineThread *thread)
{
  FlatlineStackEntry *entry = create_entry (FLATLINE_STACK_ENTRY_FRAME, NULL);
  const char *name = frame->qualified_name ? frame->qualified_name : frame->function;
  const char *file = frame->file ? frame->file : frame->module;
  g_autofree char *base = file ? g_path_get_basename (file) : NULL;

  entry->title = g_strdup (name ? name : _ ("unknown function"));
  if (base && frame->line > 0)
    entry->detail = g_strdup_printf ("%s:%" G_GINT64_FORMAT, base, frame->line);
  else if (base && is_native (frame))
    /* Translators: a library, in which the program runs machine code and not Python */
    entry->detail = g_strdup_printf (_ ("%s · native"), base);
  else
    entry->detail = g_steal_pointer (&base);
  if (frame->collected)
    {
      g_autofree char *place = entry->detail;

      entry->detail = g_strdup_printf ("%s · %s", place ? place : "", _ ("called by a garbage collection"));
    }
  entry->tooltip = g_strdup (file);
  entry->dimmed = !flatline_frame_is_own (frame);
  g_set_object (&entry->thread, thread);
  g_set_object (&entry->frame, frame);
  return entry;
}

static guint
count_native (GListStore *frames, guint position)
{
  guint n_native = 0;

  while (position + n_native < flatline_list_length (frames)
         && is_native (flatline_list_peek (frames, position + n_native)))
    n_native++;
  return n_native;
}

static FlatlineStackEntry *
create_native_fold (GListStore *frames, guint position, guint n_native, FlatlineThread *thread)
{
  FlatlineStackEntry *fold = create_entry (FLATLINE_STACK_ENTRY_FOLD, NULL);

  for (guint i = position; i < position + n_native; i++)
    append (&fold->children, create_frame_entry (flatline_list_peek (frames, i), thread));
  /* Translators: calls of machine code in a stack, above or below those of Python */
  fold->title = g_strdup_printf (ngettext ("%u native call", "%u native calls", n_native), n_native);
  /* Where it is, or came by last. */
  fold->detail = g_strdup (((FlatlineStackEntry *)flatline_list_peek (fold->children, 0))->title);
  fold->dimmed = TRUE;
  g_set_object (&fold->thread, thread);
  return fold;
}

/* The interpreter's own calls would push the program's out of view: several in a row are one. */
static void
append_frames (FlatlineStackEntry *parent, GListStore *frames, FlatlineThread *thread)
{
  const guint n_frames = flatline_list_length (frames);
  gboolean has_python = FALSE;
  guint n_native;

  for (guint i = 0; i < n_frames; i++)
    has_python |= !is_native (flatline_list_peek (frames, i));
  for (guint i = 0; i < n_frames; i += MAX (n_native, 1))
    {
      n_native = count_native (frames, i);
      if (!has_python || n_native < MIN_FOLDED)
        n_native = 0;
      append (&parent->children, n_native > 0 ? create_native_fold (frames, i, n_native, thread)
                                              : create_frame_entry (flatline_list_peek (frames, i), thread));
    }
}

/* Threads */

static const char *
thread_icon (FlatlineThread *thread, gboolean marked)
{
  if (marked)
    return "heart-flat-symbolic";
  if (flatline_thread_in_state (thread, 'R'))
    return "media-playback-start-symbolic";
  if (flatline_thread_in_state (thread, 'T') || flatline_thread_in_state (thread, 't'))
    return "media-playback-stop-symbolic";
  if (flatline_thread_in_state (thread, 'D'))
    return "drive-harddisk-symbolic";
  return "media-playback-pause-symbolic";
}

static char *
describe_thread (FlatlineThread *thread)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  g_autofree char *processor = NULL;

  if (thread->waiting_for && *thread->waiting_for)
    g_ptr_array_add (words, thread->waiting_for);
  else if (thread->state_text)
    g_ptr_array_add (words, (char *)flatline_record_word_text (thread->state_text));
  if (thread->cpu_percent >= 1.0)
    {
      processor = g_strdup_printf ("%.0f %%", thread->cpu_percent);
      g_ptr_array_add (words, processor);
    }
  if (thread->holds_gil)
    g_ptr_array_add (words, _ ("holds the GIL"));
  else if (thread->waits_for_gil)
    g_ptr_array_add (words, _ ("waits for the GIL"));
  if (thread->keeps_world && !thread->waiting_for)
    g_ptr_array_add (words, _ ("keeps all others waiting"));
  if (thread->collecting)
    g_ptr_array_add (words, _ ("collects garbage"));
  if (thread->incomplete)
    g_ptr_array_add (words, _ ("not read whole"));
  if (thread->cut)
    g_ptr_array_add (words, _ ("the outermost calls are not shown"));
  g_ptr_array_add (words, NULL);
  return g_strjoinv (" · ", (char **)words->pdata);
}

static char *
name_threads (GPtrArray *threads)
{
  FlatlineThread *first = threads->pdata[0];
  const char *name = first->name && *first->name ? first->name : _ ("Unnamed thread");

  if (threads->len == 1)
    return g_strdup (name);
  /* Translators: the name of a thread, and how many others stand at the same place */
  return g_strdup_printf (ngettext ("%s and %u more", "%s and %u more", threads->len - 1), name, threads->len - 1);
}

static char *
list_threads (GPtrArray *threads)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < threads->len; i++)
    {
      FlatlineThread *thread = threads->pdata[i];

      g_string_append_printf (text, "%s%s (%" G_GINT64_FORMAT ")", i ? "\n" : "",
                              thread->name ? thread->name : _ ("Unnamed thread"), thread->native_id);
      if (thread->state_text)
        g_string_append_printf (text, " · %s", flatline_record_word_text (thread->state_text));
      if (thread->syscall)
        g_string_append_printf (text, " · %s()", thread->syscall);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
append_threads (GListStore **list, GPtrArray *threads, gboolean marked)
{
  FlatlineThread *first = threads->pdata[0];
  FlatlineStackEntry *entry = create_entry (FLATLINE_STACK_ENTRY_THREAD, thread_icon (first, marked));

  entry->title = name_threads (threads);
  entry->detail = describe_thread (first);
  entry->tooltip = list_threads (threads);
  entry->marked = marked;
  g_set_object (&entry->thread, first);
  append_frames (entry, first->frames, first);
  append (list, entry);
}

/* Equal for threads that stand at the same place in the same state; no two such threads are looked at frame by frame.
 */
static char *
dup_place (FlatlineThread *thread)
{
  g_autoptr (GString) place = g_string_new (thread->state);
  guint n_frames = flatline_list_length (thread->frames);

  for (guint i = 0; i < n_frames; i++)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);

      g_string_append_printf (place, "|%s:%" G_GINT64_FORMAT ":%s", frame->file ? frame->file : "", frame->line,
                              frame->function ? frame->function : "");
    }
  return n_frames > 0 ? g_string_free (g_steal_pointer (&place), FALSE) : NULL;
}

static gboolean
is_in_chain (FlatlineVerdict *verdict, FlatlineThread *thread)
{
  for (guint i = 0; verdict && i < flatline_list_length (verdict->chain); i++)
    {
      FlatlineWaitLink *link = flatline_list_peek (verdict->chain, i);

      if (link->waiter_id == thread->native_id || link->holder_id == thread->native_id)
        return TRUE;
    }
  return FALSE;
}

/* Waits for work, as pools and servers do, or never runs the program's code at all. */
static gboolean
is_idle (FlatlineThread *thread)
{
  static const char *const waiting_rooms[] = { "/selectors.py", "/queue.py", "/socketserver.py",
                                               "/concurrent/futures/thread.py" };
  FlatlineFrame *place = flatline_thread_find_place (thread);

  if (flatline_thread_in_state (thread, 'R') || thread->holds_gil || thread->waits_for_gil || thread->keeps_world
      || thread->collecting)
    return FALSE;
  if (!place || !flatline_frame_is_own (place))
    return TRUE;
  for (guint i = 0; i < MIN (3, flatline_list_length (thread->frames)); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);

      for (guint n = 0; frame->file && n < G_N_ELEMENTS (waiting_rooms); n++)
        if (g_str_has_suffix (frame->file, waiting_rooms[n]))
          return TRUE;
    }
  return FALSE;
}

typedef enum
{
  RANK_VERDICT,
  RANK_CHAIN,
  RANK_MAIN,
  RANK_OTHER,
  RANK_IDLE,
  N_RANKS,
} Rank;

static Rank
rank_thread (FlatlineVerdict *verdict, FlatlineThread *thread)
{
  if (verdict && verdict->thread == thread->native_id)
    return RANK_VERDICT;
  if (is_in_chain (verdict, thread))
    return RANK_CHAIN;
  if (thread->is_main)
    return RANK_MAIN;
  return is_idle (thread) ? RANK_IDLE : RANK_OTHER;
}

/* Groups of threads that stand at the same place, in the order they are met, for each rank. */
static void
group_threads (FlatlineSnapshot *snapshot, GPtrArray *ranks[N_RANKS])
{
  g_autoptr (GHashTable) places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (Rank rank = 0; rank < N_RANKS; rank++)
    ranks[rank] = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);
      Rank rank = rank_thread (snapshot->verdict, thread);
      g_autofree char *place = rank >= RANK_OTHER ? dup_place (thread) : NULL;
      GPtrArray *group = place ? g_hash_table_lookup (places, place) : NULL;

      if (flatline_thread_is_agent (thread))
        continue;
      if (!group)
        {
          group = g_ptr_array_new ();
          g_ptr_array_add (ranks[rank], group);
          if (place)
            g_hash_table_insert (places, g_steal_pointer (&place), group);
        }
      g_ptr_array_add (group, thread);
    }
}

static void
append_idle (GListStore *list, GPtrArray *groups)
{
  FlatlineStackEntry *fold = create_entry (FLATLINE_STACK_ENTRY_FOLD, "weather-clear-night-symbolic");
  guint n_threads = 0;

  for (guint i = 0; i < groups->len; i++)
    {
      append_threads (&fold->children, groups->pdata[i], FALSE);
      n_threads += ((GPtrArray *)groups->pdata[i])->len;
    }
  fold->title = g_strdup_printf (ngettext ("%u idle thread", "%u idle threads", n_threads), n_threads);
  fold->dimmed = TRUE;
  append (&list, fold);
}

/* Exceptions and tasks */

/* How far chains and groups are followed: a file may have them without end. */
#define MAX_EXCEPTIONS 200

static void
append_exception (GListStore *list, FlatlineExceptionInfo *exception)
{
  FlatlineStackEntry *entry = create_entry (FLATLINE_STACK_ENTRY_EXCEPTION, "dialog-warning-symbolic");

  entry->title = g_strdup (exception->type_name ? exception->type_name : _ ("Exception"));
  entry->detail = g_strdup (exception->message);
  entry->tooltip = exception->traceback_text ? g_strchomp (g_strdup (exception->traceback_text)) : NULL;
  entry->marked = TRUE;
  append_frames (entry, exception->frames, NULL);
  append (&list, entry);
  for (guint i = 0; i < flatline_list_length (exception->group); i++)
    {
      if (g_list_model_get_n_items (G_LIST_MODEL (list)) < MAX_EXCEPTIONS)
        append_exception (list, flatline_list_peek (exception->group, i));
    }
  if (exception->cause && g_list_model_get_n_items (G_LIST_MODEL (list)) < MAX_EXCEPTIONS)
    append_exception (list, exception->cause);
}

static void
append_tasks (GListStore *list, GListStore *tasks)
{
  FlatlineStackEntry *fold = create_entry (FLATLINE_STACK_ENTRY_FOLD, "view-list-symbolic");
  guint n_tasks = flatline_list_length (tasks);

  fold->title = g_strdup_printf (ngettext ("%u task", "%u tasks", n_tasks), n_tasks);
  for (guint i = 0; i < n_tasks; i++)
    {
      FlatlineTask *task = flatline_list_peek (tasks, i);
      FlatlineStackEntry *entry = create_entry (FLATLINE_STACK_ENTRY_TASK, "view-list-symbolic");

      entry->title = g_strdup_printf ("%s %s", task->name ? task->name : "", task->coroutine ? task->coroutine : "");
      g_strstrip (entry->title);
      entry->detail = flatline_task_dup_wait (task);
      if (!entry->detail)
        entry->detail = g_strdup (task->state);
      append_frames (entry, task->frames, NULL);
      append (&fold->children, entry);
    }
  append (&list, fold);
}

GListStore *
flatline_stack_entries_new (FlatlineSnapshot *snapshot)
{
  GListStore *list = g_list_store_new (FLATLINE_TYPE_STACK_ENTRY);
  GPtrArray *ranks[N_RANKS];

  if (snapshot->exception)
    append_exception (list, snapshot->exception);
  group_threads (snapshot, ranks);
  for (Rank rank = 0; rank < N_RANKS; rank++)
    {
      if (rank == RANK_IDLE && ranks[rank]->len > 0)
        append_idle (list, ranks[rank]);
      for (guint i = 0; rank < RANK_IDLE && i < ranks[rank]->len; i++)
        append_threads (&list, ranks[rank]->pdata[i], rank == RANK_VERDICT && !snapshot->exception);
      g_ptr_array_unref (ranks[rank]);
    }
  if (flatline_list_length (snapshot->tasks) > 0)
    append_tasks (list, snapshot->tasks);
  return list;
}

/* Its frame that the verdict names, NULL. */
static FlatlineFrame *
find_told_frame (FlatlineThread *thread, FlatlineVerdict *verdict)
{
  for (guint i = 0; verdict->file && i < flatline_list_length (thread->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);

      if (frame->line == verdict->line && g_strcmp0 (frame->file, verdict->file) == 0)
        return frame;
    }
  return NULL;
}

FlatlineFrame *
flatline_stack_entries_find_frame (FlatlineSnapshot *snapshot)
{
  FlatlineVerdict *verdict = snapshot->verdict;
  FlatlineThread *thread = verdict ? flatline_snapshot_find_thread (snapshot, verdict->thread) : NULL;
  FlatlineFrame *frame;

  /* Where the main thread is as it ends says nothing about an exception that no frame raised. */
  if (snapshot->exception)
    return flatline_list_length (snapshot->exception->frames) > 0 ? flatline_list_peek (snapshot->exception->frames, 0)
                                                                  : NULL;
  if (thread && (frame = find_told_frame (thread, verdict)))
    return frame;
  /* The main thread that waits at the end is in no code of the program; the place is of whom it waits for. */
  for (guint i = 0; thread && i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *other = flatline_list_peek (snapshot->threads, i);

      if (is_in_chain (verdict, other) && (frame = find_told_frame (other, verdict)))
        return frame;
    }
  for (guint i = 0; !thread && i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *candidate = flatline_list_peek (snapshot->threads, i);

      if (candidate->is_main)
        thread = candidate;
    }
  return thread ? flatline_thread_find_place (thread) : NULL;
}

/* Outermost first. */
static void
append_calls (GString *text, GListStore *entries)
{
  for (guint i = flatline_list_length (entries); i > 0; i--)
    {
      FlatlineStackEntry *entry = flatline_list_peek (entries, i - 1);
      FlatlineFrame *frame = entry->frame;

      if (frame)
        g_string_append_printf (text, "  File \"%s\", line %" G_GINT64_FORMAT ", in %s\n",
                                frame->file     ? frame->file
                                : frame->module ? frame->module
                                                : "?",
                                frame->line, entry->title);
      else if (entry->kind == FLATLINE_STACK_ENTRY_FOLD)
        append_calls (text, entry->children);
    }
}

char *
flatline_stack_entry_dup_text (FlatlineStackEntry *entry)
{
  g_autoptr (GString) text = g_string_new (entry->title);

  if (entry->detail)
    g_string_append_printf (text, " (%s)", entry->detail);
  g_string_append_c (text, '\n');
  append_calls (text, entry->children);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
