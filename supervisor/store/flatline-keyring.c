/* SPDX-License-Identifier: MIT */
/* The keyring by libsecret: two attributes, "server" and "user", so that secret-tool can store a password too. */
#include "config.h"

#include "flatline-keyring.h"

#include "flatline-opened-library.h"
#include "flatline-store.h"

#include <dlfcn.h>
#include <glib/gi18n.h>
#include <libsecret/secret.h>
#include <string.h>

#define LIBRARY "libsecret-1.so.0"

static const SecretSchema schema = {
  .name = "org.flatline.Flatline.Database",
  .flags = SECRET_SCHEMA_DONT_MATCH_NAME,
  .attributes = { { "server", SECRET_SCHEMA_ATTRIBUTE_STRING }, { "user", SECRET_SCHEMA_ATTRIBUTE_STRING } },
};

typedef struct
{
  __typeof__ (secret_password_lookupv_sync) *secret_password_lookupv_sync;
  __typeof__ (secret_password_storev_sync) *secret_password_storev_sync;
  __typeof__ (secret_password_clearv_sync) *secret_password_clearv_sync;
  __typeof__ (secret_password_free) *secret_password_free;
} Library;

static const FlatlineLibraryFunction functions[] = {
  FLATLINE_LIBRARY_FUNCTION (Library, secret_password_lookupv_sync),
  FLATLINE_LIBRARY_FUNCTION (Library, secret_password_storev_sync),
  FLATLINE_LIBRARY_FUNCTION (Library, secret_password_clearv_sync),
  FLATLINE_LIBRARY_FUNCTION (Library, secret_password_free),
};

/* Asking for a bus where there is none would start one. */
static gboolean
has_session_bus (void)
{
  g_autofree char *socket = g_build_filename (g_get_user_runtime_dir (), "bus", NULL);

  return g_getenv ("DBUS_SESSION_BUS_ADDRESS") || g_file_test (socket, G_FILE_TEST_EXISTS);
}

/* NULL: there is none. */
static const Library *
open_library (void)
{
  static gsize opened;
  static Library library;
  static char *problem;

  if (!has_session_bus ())
    return NULL;
  if (g_once_init_enter (&opened))
    {
      problem = flatline_opened_library_fill (LIBRARY, RTLD_NOW, functions, G_N_ELEMENTS (functions), &library);
      g_once_init_leave (&opened, 1);
    }
  return problem ? NULL : &library;
}

static GHashTable *
make_attributes (const char *server, const char *user)
{
  GHashTable *attributes = g_hash_table_new (g_str_hash, g_str_equal);

  g_hash_table_insert (attributes, "server", (gpointer)server);
  g_hash_table_insert (attributes, "user", (gpointer)(user ? user : ""));
  return attributes;
}

/* What was asked for before, since a person who said no shall not be asked again by every connection. */
static GMutex mutex;
static GHashTable *known; /* "user@server" -> password, "" for none */

static void
remember (const char *server, const char *user, const char *password)
{
  if (!known)
    known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_replace (known, g_strdup_printf ("%s@%s", user ? user : "", server), g_strdup (password));
}

char *
flatline_keyring_dup_password (const char *server, const char *user)
{
  g_autofree char *key = g_strdup_printf ("%s@%s", user ? user : "", server);
  const Library *library = open_library ();
  g_autoptr (GHashTable) attributes = NULL;
  const char *before;
  char *found, *password;

  if (!library)
    return NULL;
  g_mutex_lock (&mutex);
  before = known ? g_hash_table_lookup (known, key) : NULL;
  if (!before)
    {
      attributes = make_attributes (server, user);
      found = library->secret_password_lookupv_sync (&schema, attributes, NULL, NULL);
      remember (server, user, found ? found : "");
      if (found)
        library->secret_password_free (found);
      before = g_hash_table_lookup (known, key);
    }
  password = *before ? g_strdup (before) : NULL;
  g_mutex_unlock (&mutex);
  return password;
}

gboolean
flatline_keyring_keep_password (const char *server, const char *user, const char *password, GError **error)
{
  const Library *library = open_library ();
  g_autoptr (GHashTable) attributes = make_attributes (server, user);
  g_autofree char *label = g_strdup_printf (_ ("Flatline’s database on %s"), server);
  gboolean fine;

  if (!library)
    {
      g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_FAILED, _ ("There is no keyring on this desktop"));
      return FALSE;
    }
  if (!*password)
    {
      library->secret_password_clearv_sync (&schema, attributes, NULL, error);
      fine = !error || !*error;
    }
  else
    fine = library->secret_password_storev_sync (&schema, attributes, SECRET_COLLECTION_DEFAULT, label, password, NULL,
                                                 error);
  g_mutex_lock (&mutex);
  if (fine)
    remember (server, user, password);
  g_mutex_unlock (&mutex);
  return fine;
}
