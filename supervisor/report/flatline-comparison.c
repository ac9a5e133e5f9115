/* SPDX-License-Identifier: MIT */
/* Comparison of two snapshots: stacks are aligned call by call, all else by name. */
#include "config.h"

#include "flatline-comparison.h"

#include "flatline-alignment.h"
#include "flatline-record-words.h"
#include "flatline-snapshot.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

G_DEFINE_FINAL_TYPE (FlatlineDifference, flatline_difference, G_TYPE_OBJECT)

static void
flatline_difference_finalize (GObject *object)
{
  FlatlineDifference *self = FLATLINE_DIFFERENCE (object);

  g_free (self->label);
  g_free (self->left);
  g_free (self->right);
  G_OBJECT_CLASS (flatline_difference_parent_class)->finalize (object);
}

static void
flatline_difference_class_init (FlatlineDifferenceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_difference_finalize;
}

static void
flatline_difference_init (FlatlineDifference *self)
{
}

/* Takes all its texts. */
static FlatlineDifference *
add_row (GListStore *rows, guint depth, char *label, char *left, char *right)
{
  g_autoptr (FlatlineDifference) row = g_object_new (FLATLINE_TYPE_DIFFERENCE, NULL);

  row->depth = depth;
  row->label = label;
  row->left = left;
  row->right = right;
  row->differs = g_strcmp0 (left, right) != 0;
  g_list_store_append (rows, row);
  return row;
}

static void
add_text (GListStore *rows, const char *label, const char *left, const char *right)
{
  if (left || right)
    add_row (rows, 1, g_strdup (label), g_strdup (left), g_strdup (right));
}

/* A heading over what @rows gets from now on; end_section() settles it. */
static FlatlineDifference *
begin_section (GListStore *rows, char *label)
{
  return add_row (rows, 0, label, NULL, NULL);
}

static void
end_section (GListStore *rows, FlatlineDifference *heading)
{
  guint n = flatline_list_length (rows), position;

  if (!g_list_store_find (rows, heading, &position))
    return;
  if (position + 1 == n)
    {
      g_list_store_remove (rows, position);
      return;
    }
  for (guint i = position + 1; i < n; i++)
    heading->differs = heading->differs || ((FlatlineDifference *)flatline_list_peek (rows, i))->differs;
}

static gpointer
peek (GListStore *list, int position)
{
  return position < 0 ? NULL : flatline_list_peek (list, position);
}

/* What is compared of each record */

static char *
dup_value_key (gpointer item)
{
  return g_strdup (((FlatlineValue *)item)->name);
}

static char *
dup_value_text (FlatlineValue *value)
{
  return value ? g_strdup (value->text ? value->text : value->type) : NULL;
}

/* The same to a person: where an object lies in memory is nothing, and what was masked may be the same. */
static gboolean
is_same_value (const char *left, const char *right)
{
  static GRegex *address;

  if (g_once_init_enter (&address))
    g_once_init_leave (&address, g_regex_new (" at 0x[0-9a-f]+", G_REGEX_OPTIMIZE, 0, NULL));
  if (left && right && strstr (left, " at 0x") && strstr (right, " at 0x"))
    {
      g_autofree char *a = g_regex_replace_literal (address, left, -1, 0, " at", 0, NULL);
      g_autofree char *b = g_regex_replace_literal (address, right, -1, 0, " at", 0, NULL);

      return g_strcmp0 (a, b) == 0;
    }
  return g_strcmp0 (left, right) == 0 || flatline_is_same_but_masked (left, right)
         || flatline_is_same_but_masked (right, left);
}

/* Whether one of them differs. */
static gboolean
compare_variables (GListStore *rows, GListStore *left, GListStore *right)
{
  g_autoptr (GArray) pairs = flatline_match (left, right, dup_value_key);
  gboolean differ = FALSE;

  for (guint i = 0; i < pairs->len; i++)
    {
      const FlatlinePair *pair = &g_array_index (pairs, FlatlinePair, i);
      FlatlineValue *a = peek (left, pair->left), *b = peek (right, pair->right);
      const char *name = a ? a->name : b->name;

      FlatlineDifference *row;

      row = add_row (rows, 3, g_strdup (name ? name : ""), dup_value_text (a), dup_value_text (b));
      row->differs = !is_same_value (row->left, row->right);
      differ |= row->differs;
    }
  return differ;
}

static char *
dup_frame_key (gpointer item)
{
  FlatlineFrame *frame = item;

  return g_strdup_printf ("%s|%s",
                          frame->file     ? frame->file
                          : frame->module ? frame->module
                                          : "",
                          frame->qualified_name ? frame->qualified_name
                          : frame->function     ? frame->function
                                                : "");
}

static char *
dup_frame_text (FlatlineFrame *frame)
{
  g_autofree char *base = NULL;

  if (!frame)
    return NULL;
  base = frame->file ? g_path_get_basename (frame->file) : frame->module ? g_path_get_basename (frame->module) : NULL;
  if (!base)
    return g_strdup (frame->function);
  if (frame->line == 0)
    return g_strdup_printf ("%s  %s", frame->function ? frame->function : "?", base);
  return g_strdup_printf ("%s  %s:%" PRId64, frame->function ? frame->function : "?", base, frame->line);
}

static void
compare_stacks (GListStore *rows, GListStore *left, GListStore *right)
{
  g_autoptr (GArray) pairs = flatline_align (left, right, dup_frame_key);

  for (guint i = 0; i < pairs->len; i++)
    {
      const FlatlinePair *pair = &g_array_index (pairs, FlatlinePair, i);
      FlatlineFrame *a = peek (left, pair->left), *b = peek (right, pair->right);
      FlatlineDifference *call;

      call = add_row (rows, 2, g_strdup (_ ("Call")), dup_frame_text (a), dup_frame_text (b));
      if (compare_variables (rows, a ? a->locals : NULL, b ? b->locals : NULL))
        call->differs = TRUE;
    }
}

static char *
dup_thread_key (gpointer item)
{
  FlatlineThread *thread = item;

  if (thread->is_main)
    return g_strdup ("main");
  return thread->name ? g_strdup (thread->name) : g_strdup_printf ("%" PRId64, thread->native_id);
}

static const char *
get_gil_text (FlatlineThread *thread)
{
  return !thread ? NULL : thread->holds_gil ? _ ("holds it") : thread->waits_for_gil ? _ ("waits for it") : _ ("no");
}

static void
compare_threads (GListStore *rows, GListStore *left, GListStore *right)
{
  g_autoptr (GArray) pairs = flatline_match (left, right, dup_thread_key);

  for (guint i = 0; i < pairs->len; i++)
    {
      const FlatlinePair *pair = &g_array_index (pairs, FlatlinePair, i);
      FlatlineThread *a = peek (left, pair->left), *b = peek (right, pair->right);
      FlatlineThread *any = a ? a : b;
      FlatlineDifference *heading;

      heading = begin_section (rows, g_strdup_printf (_ ("Thread ‘%s’"), any->name ? any->name : "?"));
      if (!a || !b)
        add_row (rows, 1, g_strdup (_ ("Thread")), g_strdup (a ? _ ("is there") : NULL),
                 g_strdup (b ? _ ("is there") : NULL));
      add_text (rows, _ ("State"), a ? flatline_record_word_text (a->state_text) : NULL,
                b ? flatline_record_word_text (b->state_text) : NULL);
      add_text (rows, _ ("Waiting for"), a ? a->waiting_for : NULL, b ? b->waiting_for : NULL);
      add_text (rows, _ ("GIL"), get_gil_text (a), get_gil_text (b));
      add_text (rows, _ ("System call"), a ? a->syscall : NULL, b ? b->syscall : NULL);
      compare_stacks (rows, a ? a->frames : NULL, b ? b->frames : NULL);
      end_section (rows, heading);
    }
}

static char *
dup_lock_key (gpointer item)
{
  FlatlineLock *lock = item;

  return g_strdup_printf ("%s %s", lock->type ? lock->type : "", lock->name ? lock->name : "");
}

static char *
dup_thread_name (FlatlineSnapshot *snapshot, gint64 native_id)
{
  FlatlineThread *thread = flatline_snapshot_find_thread (snapshot, native_id);

  return thread && thread->name ? g_strdup (thread->name) : g_strdup_printf ("%" PRId64, native_id);
}

static char *
dup_lock_text (FlatlineSnapshot *snapshot, FlatlineLock *lock)
{
  g_autofree char *owner = lock && lock->owner ? dup_thread_name (snapshot, lock->owner) : NULL;

  if (!lock)
    return NULL;
  if (!lock->locked)
    return g_strdup (_ ("free"));
  /* Translators: the name of a thread */
  return owner ? g_strdup_printf (_ ("held by %s"), owner) : g_strdup (_ ("held"));
}

static void
compare_locks (GListStore *rows, FlatlineSnapshot *left, FlatlineSnapshot *right)
{
  g_autoptr (GArray) pairs = flatline_match (left->locks, right->locks, dup_lock_key);
  FlatlineDifference *heading = begin_section (rows, g_strdup (_ ("Locks")));

  for (guint i = 0; i < pairs->len; i++)
    {
      const FlatlinePair *pair = &g_array_index (pairs, FlatlinePair, i);
      FlatlineLock *a = peek (left->locks, pair->left), *b = peek (right->locks, pair->right);
      FlatlineLock *any = a ? a : b;

      add_row (rows, 1, g_strdup (any->name ? any->name : any->type), dup_lock_text (left, a),
               dup_lock_text (right, b));
    }
  end_section (rows, heading);
}

static char *
dup_process_key (gpointer item)
{
  FlatlineProcess *process = item;

  return g_strdup (process->command_line ? process->command_line : process->name);
}

static void
compare_processes (GListStore *rows, GListStore *left, GListStore *right)
{
  g_autoptr (GArray) pairs = flatline_match (left, right, dup_process_key);

  for (guint i = 0; i < pairs->len; i++)
    {
      const FlatlinePair *pair = &g_array_index (pairs, FlatlinePair, i);
      FlatlineProcess *a = peek (left, pair->left), *b = peek (right, pair->right);

      add_row (rows, 1, dup_process_key (a ? a : b), g_strdup (a ? flatline_record_word_text (a->state_text) : NULL),
               g_strdup (b ? flatline_record_word_text (b->state_text) : NULL));
      compare_processes (rows, a ? a->children : NULL, b ? b->children : NULL);
    }
}

/* Port numbers of our own end are chosen anew each time: the other end names a connection, or where it listens. */
static char *
dup_connection_key (gpointer item)
{
  FlatlineConnection *connection = item;
  const gboolean listens = g_strcmp0 (connection->state, "LISTEN") == 0;
  const char *end = listens || !connection->remote_address ? connection->local_address : connection->remote_address;

  return g_strdup_printf ("%s %s", connection->protocol ? connection->protocol : "", end ? end : "");
}

static char *
dup_connection_text (FlatlineConnection *connection)
{
  return connection ? g_strdup (connection->state ? connection->state : _ ("open")) : NULL;
}

static void
compare_connections (GListStore *rows, GListStore *left, GListStore *right)
{
  g_autoptr (GArray) pairs = flatline_match (left, right, dup_connection_key);
  FlatlineDifference *heading = begin_section (rows, g_strdup (_ ("Connections")));

  for (guint i = 0; i < pairs->len; i++)
    {
      const FlatlinePair *pair = &g_array_index (pairs, FlatlinePair, i);
      FlatlineConnection *a = peek (left, pair->left), *b = peek (right, pair->right);

      add_row (rows, 1, dup_connection_key (a ? a : b), dup_connection_text (a), dup_connection_text (b));
    }
  end_section (rows, heading);
}

static char *
dup_time (gint64 time_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);

  return time ? g_date_time_format (time, "%F %T") : NULL;
}

static void
compare_verdicts (GListStore *rows, FlatlineSnapshot *left, FlatlineSnapshot *right)
{
  FlatlineDifference *heading = begin_section (rows, g_strdup (_ ("Verdict")));
  FlatlineVerdict *a = left->verdict, *b = right->verdict;

#define VERDICT(label, member) add_text (rows, label, a ? a->member : NULL, b ? b->member : NULL)
  VERDICT (_ ("Why"), summary);
  add_text (rows, _ ("Kind"), a ? flatline_record_word_text (a->kind) : NULL,
            b ? flatline_record_word_text (b->kind) : NULL);
  VERDICT (_ ("Where"), location);
  VERDICT (_ ("Thread"), thread_name);
#undef VERDICT
  add_text (rows, _ ("Exception"), left->exception ? left->exception->type_name : NULL,
            right->exception ? right->exception->type_name : NULL);
  add_text (rows, _ ("Message"), left->exception ? left->exception->message : NULL,
            right->exception ? right->exception->message : NULL);
  end_section (rows, heading);
}

static void
compare_programs (GListStore *rows, FlatlineSnapshot *left, FlatlineSnapshot *right)
{
  FlatlineDifference *heading = begin_section (rows, g_strdup (_ ("Program")));
  FlatlineProgram *a = left->program, *b = right->program;
  g_autofree char *left_command = a && a->argv ? g_strjoinv (" ", a->argv) : NULL;
  g_autofree char *right_command = b && b->argv ? g_strjoinv (" ", b->argv) : NULL;

  add_row (rows, 1, g_strdup (_ ("Time")), dup_time (left->captured_us), dup_time (right->captured_us));
  add_text (rows, _ ("Host"), left->host, right->host);
  add_text (rows, _ ("Command line"), left_command, right_command);
  add_text (rows, _ ("Folder"), a ? a->cwd : NULL, b ? b->cwd : NULL);
  add_text (rows, _ ("Python"), a ? a->python : NULL, b ? b->python : NULL);
  end_section (rows, heading);
}

GListStore *
flatline_comparison_new (FlatlineSnapshot *left, FlatlineSnapshot *right)
{
  GListStore *rows = g_list_store_new (FLATLINE_TYPE_DIFFERENCE);
  FlatlineDifference *processes;

  compare_verdicts (rows, left, right);
  compare_programs (rows, left, right);
  compare_threads (rows, left->threads, right->threads);
  compare_locks (rows, left, right);
  processes = begin_section (rows, g_strdup (_ ("Processes")));
  compare_processes (rows, left->processes, right->processes);
  end_section (rows, processes);
  compare_connections (rows, left->connections, right->connections);
  return rows;
}
