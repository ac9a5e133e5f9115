/* SPDX-License-Identifier: MIT */
/* FlatlineStorePlace: opening of files and servers. */
#include "flatline-store-place.h"

#include "flatline-paths.h"
#include "flatline-store-damage.h"
#include "flatline-store-schema.h"
#include "flatline-store.h"

#include <glib/gi18n.h>

#define SERVER_TIMEOUT_S  5
#define MIGRATE_TIMEOUT_S 120

FlatlineStorePlace *
flatline_store_place_new_file (const char *file)
{
  g_autofree char *folder = file ? NULL : flatline_paths_dup_data_dir ();
  FlatlineStorePlace *self = g_new0 (FlatlineStorePlace, 1);

  self->file = file ? g_strdup (file) : g_build_filename (folder, "flatline.sqlite", NULL);
  return self;
}

FlatlineStorePlace *
flatline_store_place_new_server (const FlatlineServer *server)
{
  FlatlineStorePlace *self = g_new0 (FlatlineStorePlace, 1);

  self->server = flatline_server_copy (server);
  return self;
}

void
flatline_store_place_free (FlatlineStorePlace *self)
{
  flatline_server_free (self->server);
  g_free (self->file);
  g_free (self->set_aside);
  g_free (self);
}

static FlatlineDatabase *
open_database (FlatlineStorePlace *self, guint timeout_s, gboolean create, GError **error)
{
  if (self->server)
    return flatline_database_open_mariadb (self->server, timeout_s, create, error);
  return flatline_database_open_sqlite (self->file, create, error);
}

static FlatlineDatabase *
open_for_writing (FlatlineStorePlace *self, GError **error)
{
  g_autoptr (FlatlineDatabase) database = open_database (self, SERVER_TIMEOUT_S, TRUE, error);
  g_autoptr (GError) why = NULL;

  if (!database || flatline_store_schema_is_current (database))
    return g_steal_pointer (&database);
  /* The answers to a migration may take long. */
  if (self->server)
    {
      g_clear_pointer (&database, flatline_database_close);
      database = open_database (self, MIGRATE_TIMEOUT_S, FALSE, error);
      if (!database)
        return NULL;
    }
  if (!flatline_store_schema_migrate (database, FLATLINE_STORE_SCHEMA_NEWEST, &why))
    {
      if (why->code == FLATLINE_STORE_ERROR_FAILED || why->code == FLATLINE_STORE_ERROR_REFUSED)
        why->code = FLATLINE_STORE_ERROR_OPEN;
      g_propagate_error (error, g_steal_pointer (&why));
      return NULL;
    }
  if (!self->server)
    return g_steal_pointer (&database);
  return open_database (self, SERVER_TIMEOUT_S, FALSE, error);
}

FlatlineDatabase *
flatline_store_place_open_for_writing (FlatlineStorePlace *self, GError **error)
{
  const guint64 inode = self->server ? 0 : flatline_store_read_inode (self->file);
  g_autoptr (GError) why = NULL;
  FlatlineDatabase *database = open_for_writing (self, &why);

  if (!database && !self->server && g_error_matches (why, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_DAMAGED))
    {
      g_free (self->set_aside);
      self->set_aside = flatline_store_set_damaged_aside (self->file, inode);
      g_clear_error (&why);
      database = open_for_writing (self, &why);
    }
  if (why)
    g_propagate_error (error, g_steal_pointer (&why));
  return database;
}

char *
flatline_store_place_take_damage (FlatlineStorePlace *self)
{
  g_autofree char *name = g_steal_pointer (&self->set_aside);

  if (!name)
    return NULL;
  return g_strdup_printf (_ ("The store “%s” was damaged: it was set aside as “%s”, and a new one was begun"),
                          self->file, name);
}

FlatlineDatabase *
flatline_store_place_open_for_reading (FlatlineStorePlace *self, GError **error)
{
  g_autoptr (FlatlineDatabase) database = open_database (self, SERVER_TIMEOUT_S, FALSE, error);

  if (!database || flatline_store_schema_is_current (database))
    return g_steal_pointer (&database);
  g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_VERSION,
               _ ("The store “%s” was made by another version of Flatline, or by none yet"),
               flatline_database_get_name (database));
  return NULL;
}

char *
flatline_store_place_dup_hash (FlatlineStorePlace *self)
{
  g_autofree char *name = self->server ? flatline_server_dup_name (self->server) : g_strdup (self->file);
  g_autofree char *text = g_strdup_printf ("%s %s", name, self->server ? self->server->database : "");
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  return g_strndup (hash, 16);
}
