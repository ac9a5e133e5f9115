/* SPDX-License-Identifier: MIT */
/* The table of libmariadb's functions, filled once. */
#include "config.h"

#include "flatline-mariadb-library.h"

#include "flatline-store.h"

#include <dlfcn.h>
#include <glib/gi18n.h>

#define LIBRARY "libmariadb.so.3"

FlatlineMariadbLibrary flatline_mariadb;

/* NULL when all is there, else what is wrong. */
static char *
fill_table (void)
{
  void *library = dlopen (LIBRARY, RTLD_NOW | RTLD_LOCAL);

  if (!library)
    return g_strdup (dlerror ());
#define FILL(name)                                                                                                     \
  flatline_mariadb.name = (__typeof__ (flatline_mariadb.name))dlsym (library, #name);                                  \
  if (!flatline_mariadb.name)                                                                                          \
    return g_strdup (dlerror ());
  FLATLINE_MARIADB_FUNCTIONS (FILL)
#undef FILL
  return flatline_mariadb.mysql_server_init (0, NULL, NULL) == 0 ? NULL : g_strdup (LIBRARY);
}

gboolean
flatline_mariadb_library_load (GError **error)
{
  static gsize loaded;
  static char *problem;

  if (g_once_init_enter (&loaded))
    {
      problem = fill_table ();
      g_once_init_leave (&loaded, 1);
    }
  if (problem)
    g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_OPEN,
                 _ ("No database server can be used without the MariaDB client library (Debian: libmariadb3): %s"),
                 problem);
  return problem == NULL;
}
