/* SPDX-License-Identifier: MIT */
#include "flatline-opened-library.h"

#include <dlfcn.h>

char *
flatline_opened_library_fill (
    const char *file, int binding, const FlatlineLibraryFunction *functions, gsize n, gpointer table)
{
  void *library = dlopen (file, binding | RTLD_LOCAL);

  if (!library)
    return g_strdup (dlerror ());
  for (gsize i = 0; i < n; i++)
    {
      gpointer function = dlsym (library, functions[i].name);

      if (!function)
        return g_strdup (dlerror ());
      G_STRUCT_MEMBER (gpointer, table, functions[i].offset) = function;
    }
  return NULL;
}
