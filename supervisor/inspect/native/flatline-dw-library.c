/* SPDX-License-Identifier: MIT */
/* The table of libdw's functions, filled once. */
#include "flatline-dw-library.h"

#include "flatline-inspect-error.h"

#include <dlfcn.h>
#include <glib/gi18n.h>

#define LIBRARY "libdw.so.1"

FlatlineDwLibrary flatline_dw;

/* NULL when all is there, else what is wrong. */
static char *
fill_table (void)
{
  void *library = dlopen (LIBRARY, RTLD_LAZY | RTLD_LOCAL);

  if (!library)
    return g_strdup (dlerror ());
#define FILL(name)                                                                                                     \
  flatline_dw.name = (__typeof__ (flatline_dw.name))dlsym (library, #name);                                            \
  if (!flatline_dw.name)                                                                                               \
    return g_strdup (dlerror ());
  FLATLINE_DW_FUNCTIONS (FILL)
#undef FILL
  return NULL;
}

gboolean
flatline_dw_library_load (GError **error)
{
  static gsize loaded;
  static char *problem;

  if (g_once_init_enter (&loaded))
    {
      problem = fill_table ();
      g_once_init_leave (&loaded, 1);
    }
  if (problem)
    g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED,
                 _ ("No native stacks without the library of elfutils (Debian: libdw1): %s"), problem);
  return problem == NULL;
}
