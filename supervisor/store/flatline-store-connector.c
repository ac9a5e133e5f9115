/* SPDX-License-Identifier: MIT */
/* FlatlineStoreConnector: a detached thread and its owner share what is here; whoever leaves last frees it. */
#include "flatline-store-connector.h"

#include "flatline-store.h"

#define FIRST_PAUSE_US (500 * 1000)
#define LAST_PAUSE_US  (10 * G_USEC_PER_SEC)

struct _FlatlineStoreConnector
{
  gatomicrefcount references;
  FlatlineStorePlace *place;
  GMutex mutex;
  GCond changed;
  void (*wake) (gpointer data); /* NULL once the owner left */
  gpointer data;
  gboolean wanted;
  FlatlineDatabase *database;
  GError *error;
};

static void
release (FlatlineStoreConnector *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  flatline_store_place_free (self->place);
  flatline_database_close (self->database);
  g_clear_error (&self->error);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->changed);
  g_free (self);
}

/* Connects once; with the mutex held but while it waits for the server. FALSE when there is no use in trying more. */
static gboolean
try_once (FlatlineStoreConnector *self)
{
  GError *error = NULL;
  FlatlineDatabase *database;

  g_mutex_unlock (&self->mutex);
  database = flatline_store_place_open_for_writing (self->place, &error);
  g_mutex_lock (&self->mutex);
  g_clear_error (&self->error);
  self->database = database;
  self->error = error;
  if (database)
    self->wanted = FALSE;
  if (self->wake)
    self->wake (self->data);
  return database || g_error_matches (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_AWAY);
}

static gpointer
run_connector (gpointer data)
{
  FlatlineStoreConnector *self = data;
  gint64 pause_us = FIRST_PAUSE_US;

  g_mutex_lock (&self->mutex);
  while (self->wake)
    {
      if (!self->wanted)
        {
          pause_us = FIRST_PAUSE_US;
          g_cond_wait (&self->changed, &self->mutex);
          continue;
        }
      if (!try_once (self))
        break;
      if (self->wanted && self->wake)
        g_cond_wait_until (&self->changed, &self->mutex, g_get_monotonic_time () + pause_us);
      pause_us = MIN (pause_us * 2, LAST_PAUSE_US);
    }
  g_mutex_unlock (&self->mutex);
  release (self);
  return NULL;
}

FlatlineStoreConnector *
flatline_store_connector_new (const FlatlineServer *server, void (*wake) (gpointer data), gpointer data)
{
  FlatlineStoreConnector *self = g_new0 (FlatlineStoreConnector, 1);

  g_atomic_ref_count_init (&self->references);
  g_atomic_ref_count_inc (&self->references);
  self->place = flatline_store_place_new_server (server);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  self->wake = wake;
  self->data = data;
  self->wanted = TRUE;
  g_thread_unref (g_thread_new ("store-connect", run_connector, self));
  return self;
}

void
flatline_store_connector_free (FlatlineStoreConnector *self)
{
  g_mutex_lock (&self->mutex);
  self->wake = NULL;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
  release (self);
}

FlatlineDatabase *
flatline_store_connector_take (FlatlineStoreConnector *self, GError **error)
{
  FlatlineDatabase *database;

  g_mutex_lock (&self->mutex);
  database = g_steal_pointer (&self->database);
  if (self->error)
    g_propagate_error (error, g_steal_pointer (&self->error));
  g_mutex_unlock (&self->mutex);
  return database;
}

void
flatline_store_connector_ask_again (FlatlineStoreConnector *self)
{
  g_mutex_lock (&self->mutex);
  self->wanted = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}
