/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStoreBacklog: the first spool is emptied, then the next. A server that drops us after a few statements sees
 * ever smaller pieces; how much of the first spool's head it has already is remembered here, since only whole rows
 * leave a spool. Forgetting it would do no harm: what is written twice is there once.
 */
#include "flatline-store-backlog.h"

#include "flatline-store-spool.h"
#include "flatline-store.h"

struct _FlatlineStoreBacklog
{
  char *folder;
  GPtrArray *spools;
  FlatlineStoreSpool *own; /* in spools, or NULL */
  guint n_head_done;
  guint64 n_replayed;
  GPtrArray *news; /* lines */
};

FlatlineStoreBacklog *
flatline_store_backlog_new (const char *folder)
{
  FlatlineStoreBacklog *self = g_new0 (FlatlineStoreBacklog, 1);

  self->folder = g_strdup (folder);
  self->spools = g_ptr_array_new_with_free_func ((GDestroyNotify)flatline_store_spool_free);
  self->news = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
flatline_store_backlog_free (FlatlineStoreBacklog *self)
{
  g_ptr_array_unref (self->spools);
  g_ptr_array_unref (self->news);
  g_free (self->folder);
  g_free (self);
}

gboolean
flatline_store_backlog_is_empty (FlatlineStoreBacklog *self)
{
  return self->spools->len == 0;
}

guint64
flatline_store_backlog_count (FlatlineStoreBacklog *self)
{
  guint64 n = 0;

  for (guint i = 0; i < self->spools->len; i++)
    n += flatline_store_spool_count (self->spools->pdata[i]);
  return n;
}

void
flatline_store_backlog_adopt (FlatlineStoreBacklog *self)
{
  g_ptr_array_extend_and_steal (self->spools, flatline_store_spool_adopt (self->folder, self->news));
}

/* @spool is freed, and its files bear another name. */
static void
set_aside (FlatlineStoreBacklog *self, FlatlineStoreSpool *spool)
{
  guint index;
  char *line;

  if (spool == self->own)
    self->own = NULL;
  g_ptr_array_find (self->spools, spool, &index);
  line = flatline_store_spool_set_aside (g_ptr_array_steal_index (self->spools, index));
  if (line)
    g_ptr_array_add (self->news, line);
  self->n_head_done = 0;
}

static gboolean
add_to_own (FlatlineStoreBacklog *self, const FlatlineStoreJob *jobs, guint n_jobs, GError **error)
{
  if (!self->own)
    {
      self->own = flatline_store_spool_new (self->folder, error);
      if (!self->own)
        return FALSE;
      g_ptr_array_add (self->spools, self->own);
    }
  return flatline_store_spool_add (self->own, jobs, n_jobs, error);
}

gboolean
flatline_store_backlog_add (FlatlineStoreBacklog *self, const FlatlineStoreJob *jobs, guint n_jobs, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (add_to_own (self, jobs, n_jobs, &why))
    return TRUE;
  if (!self->own || !g_error_matches (why, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_DAMAGED))
    {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
  set_aside (self, self->own);
  return add_to_own (self, jobs, n_jobs, error);
}

static void
drop (FlatlineStoreBacklog *self, FlatlineStoreSpool *spool)
{
  if (spool == self->own)
    self->own = NULL;
  g_ptr_array_remove (self->spools, spool);
  self->n_head_done = 0;
}

/* What was given leaves the spool. */
static gboolean
finish_head (FlatlineStoreBacklog *self, FlatlineStoreSpool *spool, gint64 last, gboolean damaged, GError **error)
{
  g_autoptr (GError) why = NULL;

  self->n_head_done = 0;
  if (!damaged && flatline_store_spool_remove (spool, last, &why))
    return TRUE;
  if (damaged || g_error_matches (why, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_DAMAGED))
    {
      set_aside (self, spool);
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

gboolean
flatline_store_backlog_replay (FlatlineStoreBacklog *self, FlatlineStoreSink *sink, guint max_jobs, GError **error)
{
  FlatlineStoreSpool *spool = self->spools->pdata[0];
  g_autoptr (GArray) jobs = NULL;
  gboolean damaged = FALSE;
  gint64 last = 0;
  guint n;

  if (flatline_store_spool_count (spool) == 0)
    {
      drop (self, spool);
      return TRUE;
    }
  jobs = flatline_store_spool_peek (spool, max_jobs, &last, &damaged, error);
  if (!jobs)
    return FALSE;
  /* Not even a row, where there was one. */
  damaged = damaged || last == 0;
  self->n_head_done = MIN (self->n_head_done, jobs->len);
  n = MIN (jobs->len - self->n_head_done, max_jobs);
  if (n > 0
      && !flatline_store_sink_write (sink, (FlatlineStoreJob *)(gpointer)jobs->data + self->n_head_done, n, error))
    return FALSE;
  self->n_replayed += n;
  self->n_head_done += n;
  return self->n_head_done < jobs->len || finish_head (self, spool, last, damaged, error);
}

char *
flatline_store_backlog_take_news (FlatlineStoreBacklog *self)
{
  return self->news->len > 0 ? g_ptr_array_steal_index (self->news, 0) : NULL;
}

guint64
flatline_store_backlog_take_replayed (FlatlineStoreBacklog *self)
{
  const guint64 n = self->n_replayed;

  self->n_replayed = 0;
  return n;
}
