/* SPDX-License-Identifier: MIT */
/*
 * FlatlineMemoryImage: the pages of a Python program that a look at it took, kept in a file: so every version is read
 * in every run of the tests, without its interpreter; and spoiled, to see what the reader does with garbage.
 */
#pragma once

#include "flatline-snapshot.h"
#include "flatline-target.h"

G_BEGIN_DECLS

typedef struct _FlatlineMemoryImage FlatlineMemoryImage;

/* Looks at the live process @pid and keeps the pages that this took. NULL: it cannot be read. */
FlatlineMemoryImage *
flatline_memory_image_record (gint64 pid, GError **error);
gboolean
flatline_memory_image_save (FlatlineMemoryImage *self, const char *file, GError **error);
FlatlineMemoryImage *
flatline_memory_image_load (const char *file, GError **error);
void
flatline_memory_image_free (FlatlineMemoryImage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineMemoryImage, flatline_memory_image_free)

/* A copy in which some pages are cut off, filled with garbage, or have bits turned and words moved, as @seed says. */
FlatlineMemoryImage *
flatline_memory_image_spoil (FlatlineMemoryImage *self, guint32 seed);

/* All threads, frames, variables, locks and tasks that are in it. NULL when what it begins with is spoiled. */
FlatlineSnapshot *
flatline_memory_image_read (FlatlineMemoryImage *self);

G_END_DECLS
