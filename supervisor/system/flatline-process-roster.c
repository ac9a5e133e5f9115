/* SPDX-License-Identifier: MIT */
/*
 * The records of a tree and where they are shown. A reading is written into the records that are there; the newborn get
 * one, the ended keep theirs. A record stays the same object, in the same place, as long as it is shown: an orphan
 * remains under the parent that started it, even when that one has ended.
 */
#include "flatline-process-roster.h"

#include "flatline-process-facts.h"
#include "flatline-process.h"

/* Ended processes kept in view; beyond that the oldest leaves go. */
#define MAX_ENDED 200

/* Ends told of children that the tree never saw; their numbers may be used again, so they are not kept for ever. */
#define MAX_EXITS 256

typedef struct
{
  FlatlineProcess *record; /* owned */
  GListStore *siblings;    /* the list that shows it; borrowed, the record above owns it */
  gint64 looked_at_us;     /* monotonic time of the last reading */
  gboolean was_launcher;   /* until this reading: a shell that has become the Python program it looked for */
} Node;

struct _FlatlineProcessRoster
{
  gint64 root_pid;
  GListStore *roots;
  GHashTable *living; /* pid (gint64 *) -> Node */
  GQueue ended;       /* Node, oldest first */
  GHashTable *exits;  /* pid (gint64 *) -> text, of children whose end was told before they were seen */
};

static gint64 *
copy_number (gint64 number)
{
  gint64 *copy = g_new (gint64, 1);

  *copy = number;
  return copy;
}

static void
node_free (Node *node)
{
  g_object_unref (node->record);
  g_free (node);
}

static GListStore *
ensure_children (FlatlineProcess *parent)
{
  if (!parent->children)
    {
      g_autoptr (GListStore) list = g_list_store_new (FLATLINE_TYPE_PROCESS);
      g_object_set (parent, "children", list, NULL);
    }
  return parent->children;
}

static void
forget_oldest_ended (FlatlineProcessRoster *self)
{
  GList *link = self->ended.head;

  while (link && self->ended.length > MAX_ENDED)
    {
      GList *next = link->next;
      Node *node = link->data;
      guint position;

      /* One that still has children in view holds their place. */
      if (flatline_list_length (node->record->children) == 0 && node->record->pid != self->root_pid)
        {
          if (g_list_store_find (node->siblings, node->record, &position))
            g_list_store_remove (node->siblings, position);
          g_queue_delete_link (&self->ended, link);
          node_free (node);
        }
      link = next;
    }
}

static void
end_node (FlatlineProcessRoster *self, Node *node)
{
  FlatlineProcess *record = node->record;
  const char *told = g_hash_table_lookup (self->exits, &record->pid);

  g_object_set (record, "alive", FALSE, "state", "Z", "state-text", flatline_process_state_text ('Z'), "heart", NULL,
                "cpu-percent", 0.0, "threads", (gint64)0, "rss-bytes", (gint64)0, NULL);
  if (told)
    g_object_set (record, "exit-text", told, NULL);
  else if (!record->exit_text)
    g_object_set (record, "exit-text", "ended", NULL);
  g_hash_table_remove (self->exits, &record->pid);
  g_queue_push_tail (&self->ended, node);
}

static void
end_living (FlatlineProcessRoster *self, gint64 pid)
{
  gpointer key, node;

  g_hash_table_steal_extended (self->living, &pid, &key, &node);
  g_free (key);
  end_node (self, node);
}

/* The ended below @list, but for those that hold the place of living ones. */
static void
forget_ended (FlatlineProcessRoster *self, GListStore *list)
{
  for (guint i = flatline_list_length (list); i-- > 0;)
    {
      g_autoptr (FlatlineProcess) record = g_list_model_get_item (G_LIST_MODEL (list), i);
      GList *link;

      if (record->alive)
        continue;
      if (record->children)
        forget_ended (self, record->children);
      link = self->ended.head;
      while (link && ((Node *)link->data)->record != record)
        link = link->next;
      if (!link || flatline_list_length (record->children) > 0)
        continue;
      node_free (link->data);
      g_queue_delete_link (&self->ended, link);
      g_list_store_remove (list, i);
    }
}

static double
cpu_percent_since (const Node *node, const FlatlineProcessFacts *facts, gint64 read_at_us)
{
  const gint64 elapsed_us = read_at_us - node->looked_at_us;
  const gint64 used_us = facts->cpu_time_us - node->record->cpu_time_us;

  if (node->looked_at_us == 0 || elapsed_us <= 0 || used_us <= 0)
    return 0;
  return 100.0 * (double)used_us / (double)elapsed_us;
}

/* A reading that was under way when the end was told still shows the process. */
static gboolean
is_known_to_have_ended (FlatlineProcessRoster *self, const FlatlineProcessFacts *facts)
{
  for (GList *link = self->ended.tail; link; link = link->prev)
    {
      FlatlineProcess *record = ((Node *)link->data)->record;

      if (record->pid == facts->pid && record->start_ticks == facts->start_ticks)
        return TRUE;
    }
  return FALSE;
}

static Node *
make_node (FlatlineProcessRoster *self, const FlatlineProcessFacts *facts)
{
  Node *parent = g_hash_table_lookup (self->living, &facts->ppid);
  Node *node = g_new0 (Node, 1);

  node->record = g_object_new (FLATLINE_TYPE_PROCESS, NULL);
  node->siblings = parent && facts->pid != self->root_pid ? ensure_children (parent->record) : self->roots;
  return node;
}

static void
apply_facts (FlatlineProcessRoster *self, const FlatlineProcessFacts *facts, gint64 read_at_us)
{
  Node *node = g_hash_table_lookup (self->living, &facts->pid);
  gboolean is_new = FALSE;

  if (node && node->record->start_ticks != facts->start_ticks)
    {
      end_living (self, facts->pid);
      node = NULL;
    }
  if (!node && is_known_to_have_ended (self, facts))
    return;
  if (!node)
    {
      node = make_node (self, facts);
      g_hash_table_insert (self->living, copy_number (facts->pid), node);
      is_new = TRUE;
    }
  node->was_launcher = !is_new && !node->record->python_version && facts->python_version && facts->command_line
                       && g_strcmp0 (node->record->command_line, facts->command_line) != 0;
  flatline_process_facts_apply (facts, node->record, cpu_percent_since (node, facts, read_at_us));
  node->looked_at_us = read_at_us;
  /* Shown once it is filled in, so that no widget sees an empty row. */
  if (is_new)
    g_list_store_append (node->siblings, node->record);
  /* One so short that its end was told before this reading came. The number of a child may be another's by now. */
  if (is_new && facts->pid == self->root_pid && g_hash_table_contains (self->exits, &facts->pid))
    end_living (self, facts->pid);
}

static void
end_the_missing (FlatlineProcessRoster *self, GPtrArray *facts)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_int64_hash, g_int64_equal);
  GHashTableIter iter;
  gint64 *pid;
  Node *node;

  for (guint i = 0; i < facts->len; i++)
    g_hash_table_add (seen, &((FlatlineProcessFacts *)g_ptr_array_index (facts, i))->pid);
  g_hash_table_iter_init (&iter, self->living);
  while (g_hash_table_iter_next (&iter, (gpointer *)&pid, (gpointer *)&node))
    if (!g_hash_table_contains (seen, pid))
      {
        gint64 *key = pid;

        g_hash_table_iter_steal (&iter);
        end_node (self, node);
        g_free (key);
      }
}

/* What pyenv's shim and its like ran to find an interpreter is nothing that the program did. */
static void
forget_launchers_children (FlatlineProcessRoster *self)
{
  GHashTableIter iter;
  Node *node;

  g_hash_table_iter_init (&iter, self->living);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&node))
    if (node->was_launcher && node->record->children)
      forget_ended (self, node->record->children);
}

FlatlineProcessRoster *
flatline_process_roster_new (void)
{
  FlatlineProcessRoster *self = g_new0 (FlatlineProcessRoster, 1);

  self->roots = g_list_store_new (FLATLINE_TYPE_PROCESS);
  self->living = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)node_free);
  self->exits = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  g_queue_init (&self->ended);
  return self;
}

void
flatline_process_roster_free (FlatlineProcessRoster *self)
{
  g_object_unref (self->roots);
  g_hash_table_unref (self->living);
  g_hash_table_unref (self->exits);
  g_queue_clear_full (&self->ended, (GDestroyNotify)node_free);
  g_free (self);
}

GListStore *
flatline_process_roster_get_roots (FlatlineProcessRoster *self)
{
  return self->roots;
}

void
flatline_process_roster_begin (FlatlineProcessRoster *self, gint64 root_pid)
{
  self->root_pid = root_pid;
  g_queue_clear_full (&self->ended, (GDestroyNotify)node_free);
  g_hash_table_remove_all (self->living);
  g_hash_table_remove_all (self->exits);
  g_list_store_remove_all (self->roots);
}

gboolean
flatline_process_roster_apply (FlatlineProcessRoster *self,
                               const FlatlineProcessReading *reading,
                               guint *next,
                               gint64 until_us)
{
  while (*next < reading->facts->len)
    {
      apply_facts (self, g_ptr_array_index (reading->facts, *next), reading->read_at_us);
      *next += 1;
      if (*next < reading->facts->len && g_get_monotonic_time () >= until_us)
        return FALSE;
    }
  end_the_missing (self, reading->facts);
  forget_launchers_children (self);
  forget_oldest_ended (self);
  return TRUE;
}

gboolean
flatline_process_roster_set_heart (FlatlineProcessRoster *self, gint64 pid, const char *heart)
{
  Node *node = g_hash_table_lookup (self->living, &pid);

  if (node && g_strcmp0 (node->record->heart, heart) != 0)
    g_object_set (node->record, "heart", heart, NULL);
  return node != NULL;
}

void
flatline_process_roster_set_exit (FlatlineProcessRoster *self, gint64 pid, int exit_status, int exit_signal)
{
  g_autofree char *text = NULL;
  Node *node;

  text = flatline_process_dup_exit_text (exit_status, exit_signal);
  node = g_hash_table_lookup (self->living, &pid);
  if (node)
    {
      g_hash_table_replace (self->exits, copy_number (pid), g_steal_pointer (&text));
      end_living (self, pid);
      return;
    }
  for (GList *link = self->ended.tail; link; link = link->prev)
    {
      Node *ended = link->data;

      if (ended->record->pid == pid)
        {
          g_object_set (ended->record, "exit-text", text, NULL);
          return;
        }
    }
  if (g_hash_table_size (self->exits) >= MAX_EXITS)
    g_hash_table_remove_all (self->exits);
  g_hash_table_replace (self->exits, copy_number (pid), g_steal_pointer (&text));
}

void
flatline_process_roster_list_living (FlatlineProcessRoster *self, GHashTable *start_ticks, GHashTable *names)
{
  GHashTableIter iter;
  gint64 *pid;
  Node *node;

  g_hash_table_iter_init (&iter, self->living);
  while (g_hash_table_iter_next (&iter, (gpointer *)&pid, (gpointer *)&node))
    {
      g_hash_table_insert (start_ticks, copy_number (*pid), copy_number (node->record->start_ticks));
      if (names)
        g_hash_table_insert (names, copy_number (*pid),
                             g_strdup (node->record->python_version ? node->record->name : node->record->command_line));
    }
}

static void
append_living (GListModel *list, GArray *pids)
{
  for (guint i = 0; i < g_list_model_get_n_items (list); i++)
    {
      g_autoptr (FlatlineProcess) process = g_list_model_get_item (list, i);

      if (process->alive)
        g_array_append_val (pids, process->pid);
      if (process->children)
        append_living (G_LIST_MODEL (process->children), pids);
    }
}

GArray *
flatline_process_roster_list_pids (FlatlineProcessRoster *self)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (gint64));

  append_living (G_LIST_MODEL (self->roots), pids);
  return pids;
}
