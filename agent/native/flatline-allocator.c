/* SPDX-License-Identifier: MIT */
#include "flatline-allocator.h"

#include <dlfcn.h>
#include <stddef.h>

/* Python's struct PyMemAllocatorEx, which is not in its limited API. */
typedef struct
{
  void *context;
  void *(*malloc) (void *, size_t);
  void *(*calloc) (void *, size_t, size_t);
  void *(*realloc) (void *, void *, size_t);
  void (*free) (void *, void *);
} Allocator;

static void (*get_allocator) (int, Allocator *);
static void *noted;

static void *
find_raw_malloc (void)
{
  Allocator allocator = { 0 };

  if (get_allocator)
    get_allocator (0, &allocator);
  return (void *)allocator.malloc;
}

void
flatline_allocator_note (void)
{
  if (!get_allocator)
    get_allocator = (void (*) (int, Allocator *))dlsym (RTLD_DEFAULT, "PyMem_GetAllocator");
  if (!noted)
    noted = find_raw_malloc ();
}

int
flatline_allocator_is_watched (void)
{
  return find_raw_malloc () != noted;
}
