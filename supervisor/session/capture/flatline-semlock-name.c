/* SPDX-License-Identifier: MIT */
/*
 * A SemLock has no name. The objects of multiprocessing around it (Lock, RLock) have it as _semlock: the variable in
 * which one of these lies, or the attribute of a variable, is what the program calls it.
 */
#include "config.h"

#include "flatline-semlock-name.h"

typedef struct
{
  FlatlineSemlockTest is_meant;
  gconstpointer data;
} Wanted;

static gboolean
is_wrapper_of (FlatlineValue *value, gint64 pid, const Wanted *wanted)
{
  for (guint i = 0; i < flatline_list_length (value->children); i++)
    {
      FlatlineValue *child = flatline_list_peek (value->children, i);

      if (g_strcmp0 (child->name, "_semlock") == 0 && wanted->is_meant (pid, child->address, wanted->data))
        return TRUE;
    }
  return FALSE;
}

/* A variable, or an attribute of one. */
static char *
dup_name_among (GListStore *values, gint64 pid, const Wanted *wanted)
{
  for (guint i = 0; i < flatline_list_length (values); i++)
    {
      FlatlineValue *value = flatline_list_peek (values, i);

      if (!value->name || g_strcmp0 (value->name, "self") == 0)
        continue;
      if (is_wrapper_of (value, pid, wanted))
        return g_strdup (value->name);
    }
  for (guint i = 0; i < flatline_list_length (values); i++)
    {
      FlatlineValue *value = flatline_list_peek (values, i);

      for (guint j = 0; value->name && j < flatline_list_length (value->children); j++)
        {
          FlatlineValue *attribute = flatline_list_peek (value->children, j);

          if (attribute->name && g_ascii_isalpha (attribute->name[0]) && is_wrapper_of (attribute, pid, wanted))
            return g_strdup_printf ("%s.%s", value->name, attribute->name);
        }
    }
  return NULL;
}

static char *
dup_name_in (GListStore *threads, gint64 pid, const Wanted *wanted)
{
  char *name = NULL;

  for (guint i = 0; i < flatline_list_length (threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (threads, i);

      for (guint j = flatline_list_length (thread->frames); (pid == 0 || thread->pid == pid) && !name && j-- > 0;)
        name = dup_name_among (((FlatlineFrame *)flatline_list_peek (thread->frames, j))->locals, thread->pid, wanted);
    }
  return name;
}

gint64
flatline_semlock_name_find_parent (FlatlineSnapshot *snapshot)
{
  FlatlineProcess *root = flatline_list_peek (snapshot->processes, 0);

  return root ? root->ppid : 0;
}

/* The parent's name first: a function that children have in common calls another one so in each. */
char *
flatline_semlock_name_dup (FlatlineSnapshot *snapshot, FlatlineSemlockTest is_meant, gconstpointer data)
{
  const Wanted wanted = { .is_meant = is_meant, .data = data };
  const gint64 parent = flatline_semlock_name_find_parent (snapshot);
  char *name = parent > 0 ? dup_name_in (snapshot->relatives, parent, &wanted) : NULL;

  if (!name)
    name = dup_name_in (snapshot->threads, 0, &wanted);
  return name ? name : dup_name_in (snapshot->relatives, 0, &wanted);
}
