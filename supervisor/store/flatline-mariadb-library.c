/* SPDX-License-Identifier: MIT */
/* The table of libmariadb's functions, filled once. */
#include "config.h"

#include "flatline-mariadb-library.h"

#include "flatline-opened-library.h"
#include "flatline-store.h"

#include <dlfcn.h>
#include <glib/gi18n.h>

#define LIBRARY "libmariadb.so.3"

FlatlineMariadbLibrary flatline_mariadb;

#define FUNCTION(name) FLATLINE_LIBRARY_FUNCTION (FlatlineMariadbLibrary, name),
static const FlatlineLibraryFunction functions[] = { FLATLINE_MARIADB_FUNCTIONS (FUNCTION) };
#undef FUNCTION

gboolean
flatline_mariadb_library_load (GError **error)
{
  static gsize loaded;
  static char *problem;

  if (g_once_init_enter (&loaded))
    {
      problem =
          flatline_opened_library_fill (LIBRARY, RTLD_NOW, functions, G_N_ELEMENTS (functions), &flatline_mariadb);
      if (!problem && flatline_mariadb.mysql_server_init (0, NULL, NULL) != 0)
        problem = g_strdup (LIBRARY);
      g_once_init_leave (&loaded, 1);
    }
  if (problem)
    g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_OPEN,
                 _ ("No database server can be used without the MariaDB client library (Debian: libmariadb3): %s"),
                 problem);
  return problem == NULL;
}
