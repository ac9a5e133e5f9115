/* SPDX-License-Identifier: MIT */
/* FlatlineStorePlace: opening of files and servers. */
#include "flatline-store-place.h"

#include "flatline-paths.h"
#include "flatline-store-damage.h"
#include "flatline-store-schema.h"
#include "flatline-store.h"

#include <glib/gi18n.h>

#define FILE_NAME         "flatline.sqlite"
#define SERVER_TIMEOUT_S  5
#define MIGRATE_TIMEOUT_S 120

FlatlineStorePlace *
flatline_store_place_new_file (const char *file)
{
  g_autofree char *folder = file ? NULL : flatline_paths_dup_data_dir ();
  FlatlineStorePlace *self = g_new0 (FlatlineStorePlace, 1);

  self->is_default = !file;
  self->file = file ? g_strdup (file) : g_build_filename (folder, FILE_NAME, NULL);
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
  g_free (self->news);
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

/* The user may write nothing where data belong: a read-only home, no rights, a folder that is a file. */
static char *
dup_runtime_file (void)
{
  g_autofree char *folder = flatline_paths_dup_runtime_dir ();

  return g_build_filename (folder, FILE_NAME, NULL);
}

static FlatlineDatabase *
move_to_runtime (FlatlineStorePlace *self, const char *why, GError **error)
{
  g_autofree char *before = g_steal_pointer (&self->file);
  FlatlineDatabase *database;

  self->file = dup_runtime_file ();
  database = open_for_writing (self, error);
  self->is_makeshift = database != NULL;
  if (database)
    self->news =
        g_strdup_printf (/* Translators: what is wrong with the store; a file that goes with the session */
                         _ ("%s. Freezes are kept in “%s” instead, perhaps only until you log out"), why, self->file);
  else
    {
      g_free (self->file);
      self->file = g_steal_pointer (&before);
    }
  return database;
}

FlatlineDatabase *
flatline_store_place_open_for_writing (FlatlineStorePlace *self, GError **error)
{
  const guint64 inode = self->server ? 0 : flatline_store_read_inode (self->file);
  g_autoptr (GError) why = NULL;
  FlatlineDatabase *database = open_for_writing (self, &why);

  if (!database && !self->server && g_error_matches (why, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_DAMAGED))
    {
      flatline_store_place_set_aside (self, inode);
      g_clear_error (&why);
      database = open_for_writing (self, &why);
    }
  /* AWAY: another program keeps it locked, or the disk is full. */
  if (!database && self->is_default
      && (g_error_matches (why, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_OPEN)
          || g_error_matches (why, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_AWAY)))
    database = move_to_runtime (self, why->message, NULL);
  if (database)
    g_clear_error (&why);
  if (why)
    g_propagate_error (error, g_steal_pointer (&why));
  return database;
}

void
flatline_store_place_set_aside (FlatlineStorePlace *self, guint64 inode)
{
  char *line = flatline_store_damage_tell (self->file, inode);

  if (!line)
    return;
  g_free (self->news);
  self->news = line;
}

char *
flatline_store_place_take_news (FlatlineStorePlace *self)
{
  return g_steal_pointer (&self->news);
}

FlatlineDatabase *
flatline_store_place_open_for_reading (FlatlineStorePlace *self, GError **error)
{
  g_autoptr (FlatlineDatabase) database = NULL;
  g_autoptr (GError) why = NULL;

  database = open_database (self, SERVER_TIMEOUT_S, FALSE, &why);
  if (!database && self->is_default)
    {
      g_autofree char *elsewhere = dup_runtime_file ();

      database = flatline_database_open_sqlite (elsewhere, FALSE, NULL);
    }
  if (!database)
    {
      g_propagate_error (error, g_steal_pointer (&why));
      return NULL;
    }
  if (flatline_store_schema_is_current (database))
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
