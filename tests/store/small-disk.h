/* SPDX-License-Identifier: MIT */
/* SmallDisk: a file system of its own, of some megabytes, that can be filled to the last byte and emptied again. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char *folder;
  char *balloon;
} SmallDisk;

/* First of all in a program that mounts. */
void
small_disk_prepare (void);

/* FALSE when this user may mount nothing: the test is skipped. */
gboolean
small_disk_mount (SmallDisk *self, guint megabytes);
void
small_disk_unmount (SmallDisk *self);

void
small_disk_fill (SmallDisk *self);
void
small_disk_empty (SmallDisk *self);

G_END_DECLS
