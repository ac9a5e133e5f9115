/* SPDX-License-Identifier: MIT */
/*
 * One look at the processes of a root: the table of the machine, who of it belongs, and the facts of each of those. The
 * tree has it done in a worker; a dump reads it at once into records of its own.
 */
#include "flatline-process-reading.h"

#include "flatline-process-facts.h"
#include "flatline-process-tree.h"

/* What is not known of the root yet. */
static void
complete_kinship (FlatlineProcessKinship *kinship, const FlatlineProcStat *root)
{
  if (kinship->root_start_ticks == 0 && root)
    kinship->root_start_ticks = root->start_ticks;
  /* Looked for again while it is missing: the first look may come between fork and exec. */
  if (!kinship->token && root)
    kinship->token = flatline_process_read_token (kinship->root);
}

static FlatlineProcessReading *
read_members (FlatlineProcessTable *table, const FlatlineProcessKinship *kinship, GHashTable *names)
{
  FlatlineProcessReading *reading = g_new0 (FlatlineProcessReading, 1);
  g_autoptr (GPtrArray) members = flatline_process_table_list_members (table, kinship);

  reading->facts = g_ptr_array_new_with_free_func ((GDestroyNotify)flatline_process_facts_free);
  for (guint i = 0; i < members->len; i++)
    {
      const FlatlineProcStat *stat = g_ptr_array_index (members, i);
      const char *name = names ? g_hash_table_lookup (names, &stat->pid) : NULL;

      g_ptr_array_add (reading->facts, flatline_process_facts_read (stat, name));
    }
  reading->token = kinship->token;
  reading->root_start_ticks = kinship->root_start_ticks;
  reading->read_at_us = g_get_monotonic_time ();
  return reading;
}

FlatlineProcessReading *
flatline_process_reading_new (const FlatlineProcessKinship *asked, GHashTable *names)
{
  g_autoptr (FlatlineProcessTable) table = flatline_process_table_read ();
  FlatlineProcessKinship kinship = *asked;

  kinship.token = g_strdup (asked->token);
  complete_kinship (&kinship, flatline_process_table_find (table, kinship.root));
  return read_members (table, &kinship, names);
}

void
flatline_process_reading_free (FlatlineProcessReading *self)
{
  g_ptr_array_unref (self->facts);
  g_free (self->token);
  g_free (self);
}

FlatlineProcess *
flatline_process_read_tree (gint64 pid)
{
  g_autoptr (GHashTable) records = g_hash_table_new (g_int64_hash, g_int64_equal);
  FlatlineProcessKinship kinship = { .root = pid };
  FlatlineProcess *root = NULL;
  g_autoptr (FlatlineProcessTable) table = NULL;
  g_autoptr (FlatlineProcessReading) reading = NULL;
  FlatlineProcStat stat;

  complete_kinship (&kinship, flatline_proc_stat_read (pid, &stat) ? &stat : NULL);
  table = flatline_process_table_read_kin (&kinship);
  reading = read_members (table, &kinship, NULL);
  for (guint i = 0; i < reading->facts->len; i++)
    {
      FlatlineProcessFacts *facts = g_ptr_array_index (reading->facts, i);
      FlatlineProcess *parent = g_hash_table_lookup (records, &facts->ppid);
      FlatlineProcess *record;

      if (i == 0 && facts->pid != pid)
        break;
      record = g_object_new (FLATLINE_TYPE_PROCESS, NULL);
      flatline_process_facts_apply (facts, record, 0);
      g_hash_table_insert (records, &facts->pid, record);
      if (!root)
        root = record;
      else
        flatline_list_append (&(parent ? parent : root)->children, record);
    }
  return root;
}
