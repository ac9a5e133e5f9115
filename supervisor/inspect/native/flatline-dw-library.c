/* SPDX-License-Identifier: MIT */
/* The table of libdw's functions, filled once. */
#include "flatline-dw-library.h"

#include "flatline-inspect-error.h"
#include "flatline-opened-library.h"

#include <dlfcn.h>
#include <glib/gi18n.h>

#define LIBRARY "libdw.so.1"

FlatlineDwLibrary flatline_dw;

#define FUNCTION(name) FLATLINE_LIBRARY_FUNCTION (FlatlineDwLibrary, name),
static const FlatlineLibraryFunction functions[] = { FLATLINE_DW_FUNCTIONS (FUNCTION) };
#undef FUNCTION

gboolean
flatline_dw_library_load (GError **error)
{
  static gsize loaded;
  static char *problem;

  if (g_once_init_enter (&loaded))
    {
      problem = flatline_opened_library_fill (LIBRARY, RTLD_LAZY, functions, G_N_ELEMENTS (functions), &flatline_dw);
      g_once_init_leave (&loaded, 1);
    }
  if (problem)
    g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED,
                 _ ("No native stacks without the library of elfutils (Debian: libdw1): %s"), problem);
  return problem == NULL;
}
