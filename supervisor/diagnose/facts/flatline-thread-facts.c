/* SPDX-License-Identifier: MIT */
/*
 * Questions about one thread of a snapshot: its system call, and which of its frames belong to the program. Every
 * string of a snapshot may be missing, and a document from elsewhere may hold anything.
 */
#include "flatline-program-facts.h"

#include "flatline-code-path.h"

#include <string.h>

/* The stack of a thread at hand: a list of objects is slow to ask again and again, and so is the length of a path. */
typedef struct
{
  FlatlineFrame *frame; /* borrowed */
  const char *file;     /* borrowed; NULL for native code */
  gsize length;
} StackEntry;

typedef struct
{
  guint n_frames;
  guint n_before_own;   /* frames further in than the first of the program's own code; all when there is none */
  FlatlineFrame *place; /* borrowed; see flatline_thread_find_place() */
  StackEntry entries[];
} Stack;

/* Rules ask one thread many things in a row. A diagnosis begins and ends in one thread, so nothing stale is left here.
 */
static _Thread_local struct
{
  FlatlineThread *thread;
  Stack *stack;
} newest;

static GQuark
stack_quark (void)
{
  static GQuark quark;

  if (quark == 0)
    quark = g_quark_from_static_string ("flatline-stack");
  return quark;
}

static Stack *
find_stack (FlatlineThread *thread)
{
  Stack *stack;

  if (newest.thread == thread)
    return newest.stack;
  stack = g_object_get_qdata (G_OBJECT (thread), stack_quark ());
  if (stack)
    {
      newest.thread = thread;
      newest.stack = stack;
    }
  return stack;
}

gboolean
flatline_frame_is_python (FlatlineFrame *frame)
{
  return g_strcmp0 (frame->kind, "native") != 0;
}

gboolean
flatline_frame_is_own (FlatlineFrame *frame)
{
  return flatline_frame_is_python (frame) && frame->file && *frame->file && flatline_path_is_own (frame->file);
}

gboolean
flatline_frame_is_of_package (FlatlineFrame *frame)
{
  return flatline_frame_is_python (frame) && frame->file
         && (strstr (frame->file, "/site-packages/") || strstr (frame->file, "/dist-packages/"));
}

gboolean
flatline_frame_is_launcher (FlatlineFrame *frame, FlatlineFrame *called)
{
  const char *base = frame->file ? strrchr (frame->file, '/') : NULL;

  if (!called || !called->file || g_strcmp0 (frame->function, "<module>") != 0)
    return FALSE;
  if (g_strcmp0 (frame->file, "<string>") == 0)
    return strstr (called->file, "/multiprocessing/") != NULL;
  return base && base - frame->file >= 4 && strncmp (base - 4, "/bin", 4) == 0 && flatline_frame_is_of_package (called);
}

/* Frames further in than the first of the program's own code, what only started a library left out. */
static guint
count_before_own (FlatlineThread *thread)
{
  const guint n_frames = flatline_list_length (thread->frames);
  FlatlineFrame *called = NULL;

  for (guint i = 0; i < n_frames; i++)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);

      if (!flatline_frame_is_python (frame))
        continue;
      if (flatline_frame_is_own (frame) && !flatline_frame_is_launcher (frame, called))
        return i;
      called = frame;
    }
  return n_frames;
}

static FlatlineFrame *
find_place (FlatlineThread *thread, guint n_before_own)
{
  FlatlineFrame *innermost = NULL;

  if (n_before_own < flatline_list_length (thread->frames))
    return flatline_list_peek (thread->frames, n_before_own);
  for (guint i = 0; i < n_before_own; i++)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);

      if (!flatline_frame_is_python (frame))
        continue;
      if (flatline_frame_is_of_package (frame))
        return frame;
      if (!innermost)
        innermost = frame;
    }
  return innermost ? innermost : flatline_list_peek (thread->frames, 0);
}

void
flatline_thread_begin_stack (FlatlineThread *thread)
{
  const guint n_frames = flatline_list_length (thread->frames);
  Stack *stack = g_malloc (sizeof (Stack) + n_frames * sizeof (StackEntry));

  stack->n_frames = n_frames;
  stack->n_before_own = 0;
  for (guint i = 0; i < n_frames; i++)
    {
      StackEntry *entry = &stack->entries[i];

      entry->frame = flatline_list_peek (thread->frames, i);
      entry->file = flatline_frame_is_python (entry->frame) ? entry->frame->file : NULL;
      entry->length = entry->file ? strlen (entry->file) : 0;
    }
  stack->n_before_own = count_before_own (thread);
  stack->place = find_place (thread, stack->n_before_own);
  g_object_set_qdata_full (G_OBJECT (thread), stack_quark (), stack, g_free);
}

void
flatline_thread_end_stack (FlatlineThread *thread)
{
  if (newest.thread == thread)
    newest.thread = NULL;
  g_object_set_qdata (G_OBJECT (thread), stack_quark (), NULL);
}

guint
flatline_thread_count_frames (FlatlineThread *thread)
{
  Stack *stack = find_stack (thread);

  return stack ? stack->n_frames : flatline_list_length (thread->frames);
}

FlatlineFrame *
flatline_thread_peek_frame (FlatlineThread *thread, guint position)
{
  Stack *stack = find_stack (thread);

  if (!stack)
    return flatline_list_peek (thread->frames, position);
  return position < stack->n_frames ? stack->entries[position].frame : NULL;
}

static gboolean
is_one_of (const char *word, const char *words)
{
  const gsize length = word ? strlen (word) : 0;

  while (length > 0 && words && *words)
    {
      const gsize next = strcspn (words, " ");

      if (next == length && strncmp (word, words, length) == 0)
        return TRUE;
      words += next + strspn (words + next, " ");
    }
  return FALSE;
}

gboolean
flatline_thread_in_state (FlatlineThread *thread, char state)
{
  return thread->state && thread->state[0] == state;
}

gboolean
flatline_thread_in_syscall (FlatlineThread *thread, const char *names)
{
  return is_one_of (thread->syscall, names);
}

guint64
flatline_thread_syscall_argument (FlatlineThread *thread, guint index)
{
  if (!thread->syscall_args || g_strv_length (thread->syscall_args) <= index)
    return 0;
  return g_ascii_strtoull (thread->syscall_args[index], NULL, 16);
}

gboolean
flatline_thread_sleeps (FlatlineThread *thread)
{
  return flatline_thread_in_syscall (thread, "clock_nanosleep nanosleep")
         || (flatline_thread_in_syscall (thread, "select pselect6") && thread->syscall_args
             && flatline_thread_syscall_argument (thread, 0) == 0);
}

/* Where a system call keeps its time-out, and what there means none. */
static const struct
{
  const char *calls;
  guint argument;
  guint64 none;
} timeouts[] = {
  { "futex", 3, 0 },
  { "poll", 2, G_MAXUINT32 },
  { "ppoll", 2, 0 },
  { "select", 4, 0 },
  { "pselect6", 4, 0 },
  { "epoll_wait", 3, G_MAXUINT32 },
  { "epoll_pwait", 3, G_MAXUINT32 },
  { "epoll_pwait2", 3, 0 },
  { "rt_sigtimedwait", 2, 0 },
  { "clock_nanosleep nanosleep", 0, G_MAXUINT64 },
};

gboolean
flatline_thread_waits_for_ever (FlatlineThread *thread)
{
  if (!thread->syscall || !thread->syscall_args)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (timeouts); i++)
    if (flatline_thread_in_syscall (thread, timeouts[i].calls))
      {
        guint64 value = flatline_thread_syscall_argument (thread, timeouts[i].argument);

        /* Of an int the upper half is whatever the register held. */
        return (timeouts[i].none == G_MAXUINT32 ? value & G_MAXUINT32 : value) == timeouts[i].none;
      }
  return TRUE;
}

gboolean
flatline_thread_was_watched (FlatlineThread *thread)
{
  return thread->looks > 0;
}

/* Let go by the capture, a thread runs once before it sleeps again. On a loaded machine it waits long for the core to
 * do so; that says only of one that is in no system call that it would run. */
gboolean
flatline_thread_stands_still (FlatlineThread *thread)
{
  const double percent = thread->syscall ? thread->cpu_percent : thread->demand_percent;

  return thread->looks > 0 && thread->moves == 0 && thread->wakes <= 1 && percent < 20;
}

gint64
flatline_thread_polled_descriptor (FlatlineThread *thread, guint index, gboolean *writes)
{
  const char *word;

  if (!thread->polled || index >= g_strv_length (thread->polled))
    return -1;
  word = thread->polled[index];
  if (writes)
    *writes = strstr (word, "write") != NULL;
  return g_ascii_strtoll (word, NULL, 10);
}

gboolean
flatline_thread_is_agent (FlatlineThread *thread)
{
  Stack *stack = find_stack (thread);
  gboolean has_agent_frame = FALSE;

  if (thread->is_main)
    return FALSE;
  if (thread->name && g_ascii_strncasecmp (thread->name, "flatline", strlen ("flatline")) == 0)
    return TRUE;
  if (stack && stack->n_before_own < stack->n_frames)
    return FALSE;
  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

      if (flatline_frame_is_own (frame))
        return FALSE;
      has_agent_frame |= frame->file && flatline_path_is_agent (frame->file);
    }
  return has_agent_frame;
}

FlatlineFrame *
flatline_thread_find_innermost (FlatlineThread *thread)
{
  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

      if (flatline_frame_is_python (frame))
        return frame;
    }
  return NULL;
}

FlatlineFrame *
flatline_thread_find_outermost (FlatlineThread *thread)
{
  for (guint i = flatline_thread_count_frames (thread); i > 0; i--)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i - 1);

      if (flatline_frame_is_python (frame))
        return frame;
    }
  return NULL;
}

FlatlineFrame *
flatline_thread_find_called (FlatlineThread *thread, FlatlineFrame *caller)
{
  FlatlineFrame *called = NULL;

  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

      if (frame == caller)
        break;
      if (flatline_frame_is_python (frame))
        called = frame;
    }
  return called;
}

FlatlineFrame *
flatline_thread_find_place (FlatlineThread *thread)
{
  Stack *stack = find_stack (thread);

  return stack ? stack->place : find_place (thread, count_before_own (thread));
}

/* @file of @length bytes ends in @end of @tail bytes, and what comes before is a folder. */
static gboolean
ends_in (const char *file, gsize length, const char *end, gsize tail)
{
  return length >= tail && memcmp (file + length - tail, end, tail) == 0
         && (length == tail || file[length - tail - 1] == '/');
}

static FlatlineFrame *
find_frame (FlatlineThread *thread, const char *file, const char *functions, gboolean calls_only)
{
  Stack *stack = find_stack (thread);
  const guint n_frames = stack && calls_only ? stack->n_before_own : flatline_thread_count_frames (thread);
  const gsize tail = strlen (file);

  for (guint i = 0; i < n_frames; i++)
    {
      FlatlineFrame *frame = stack ? stack->entries[i].frame : flatline_list_peek (thread->frames, i);
      const char *its_file = stack ? stack->entries[i].file : flatline_frame_is_python (frame) ? frame->file : NULL;

      if (calls_only && !stack && flatline_frame_is_own (frame))
        return NULL;
      if (its_file && ends_in (its_file, stack ? stack->entries[i].length : strlen (its_file), file, tail)
          && is_one_of (frame->function, functions))
        return frame;
    }
  return NULL;
}

FlatlineFrame *
flatline_thread_find_call (FlatlineThread *thread, const char *file, const char *functions)
{
  return find_frame (thread, file, functions, TRUE);
}

FlatlineFrame *
flatline_thread_find_frame (FlatlineThread *thread, const char *file, const char *functions)
{
  return find_frame (thread, file, functions, FALSE);
}

char *
flatline_frame_dup_location (FlatlineFrame *frame)
{
  const char *function, *file;

  if (!frame)
    return NULL;
  function = frame->qualified_name ? frame->qualified_name : frame->function;
  file = frame->file ? frame->file : frame->module;
  if (!function)
    function = "?";
  if (!file)
    return g_strdup (function);
  if (frame->line <= 0)
    return g_strdup_printf ("%s in %s", file, function);
  return g_strdup_printf ("%s:%" G_GINT64_FORMAT " in %s", file, frame->line, function);
}

char *
flatline_frame_dup_short_location (FlatlineFrame *frame)
{
  g_autofree char *base = g_path_get_basename (frame->file ? frame->file : "?");

  return g_strdup_printf ("%s:%" G_GINT64_FORMAT, base, frame->line);
}

char *
flatline_thread_dup_label (FlatlineThread *thread)
{
  /* Set for threads of other processes when the diagnosis began. */
  const char *label = g_object_get_data (G_OBJECT (thread), "flatline-label");

  if (label)
    return g_strdup (label);
  if (thread->is_main && (!thread->name || strcmp (thread->name, "MainThread") == 0))
    return g_strdup ("MainThread");
  if (thread->is_main && !thread->is_python)
    return g_strdup (_ ("the main thread"));
  if (thread->name && *thread->name)
    return g_strdup_printf (_ ("thread ‘%s’"), thread->name);
  return g_strdup_printf (_ ("thread %d"), (int)thread->native_id);
}

char *
flatline_label_dup_capitalised (const char *label)
{
  char first[7] = { 0 };

  if (!*label)
    return g_strdup (label);
  g_unichar_to_utf8 (g_unichar_toupper (g_utf8_get_char (label)), first);
  return g_strconcat (first, g_utf8_next_char (label), NULL);
}

char *
flatline_thread_dup_label_with_id (FlatlineThread *thread)
{
  g_autofree char *label = flatline_thread_dup_label (thread);

  if (g_object_get_data (G_OBJECT (thread), "flatline-label"))
    return g_steal_pointer (&label);
  if (!thread->is_main && (!thread->name || !*thread->name))
    return g_steal_pointer (&label);
  return g_strdup_printf ("%s (%" G_GINT64_FORMAT ")", label, thread->native_id);
}

gint64
flatline_snapshot_silence_us (FlatlineSnapshot *snapshot, const char *lane)
{
  const gint64 pid = snapshot->program ? snapshot->program->pid : 0;
  gint64 newest_us = 0;

  for (guint i = 0; i < flatline_list_length (snapshot->beats); i++)
    {
      FlatlineBeat *beat = flatline_list_peek (snapshot->beats, i);

      /* The children of a program beat for themselves. */
      if (g_strcmp0 (beat->lane, lane) == 0 && (pid == 0 || beat->pid == 0 || beat->pid == pid))
        newest_us = MAX (newest_us, beat->time_us);
    }
  return newest_us > 0 ? MAX (snapshot->captured_us - newest_us, 0) : -1;
}

FlatlineValue *
flatline_value_find_child (FlatlineValue *value, const char *name)
{
  for (guint i = 0; value && i < flatline_list_length (value->children); i++)
    {
      FlatlineValue *child = flatline_list_peek (value->children, i);

      if (g_strcmp0 (child->name, name) == 0)
        return child;
    }
  return NULL;
}

FlatlineValue *
flatline_frame_find_local (FlatlineFrame *frame, const char *name)
{
  for (guint i = 0; frame && i < flatline_list_length (frame->locals); i++)
    {
      FlatlineValue *value = flatline_list_peek (frame->locals, i);

      if (g_strcmp0 (value->name, name) == 0)
        return value;
    }
  return NULL;
}
