/* SPDX-License-Identifier: MIT */
/*
 * What a file is that somebody wants to open, found out in a worker: it may be large, and whoever serves it may stop
 * answering at any byte.
 */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_FILE_PROGRAM, /* or anything else: whoever starts it will see */
  FLATLINE_FILE_SNAPSHOT,
  FLATLINE_FILE_RECORDING,
  FLATLINE_FILE_CORE,
} FlatlineFileKind;

typedef struct
{
  char *path;
  FlatlineFileKind kind;
  gboolean is_file;           /* not a folder, nor missing */
  FlatlineSnapshot *snapshot; /* NULL of all but a snapshot */
} FlatlineFileLook;

/* @path is absolute. The answer comes on the main thread; while a server is silent, never. */
void
flatline_file_look_async (const char *path, GAsyncReadyCallback callback, gpointer user_data);

/* NULL with the reason, which names the file. Transfer full. */
FlatlineFileLook *
flatline_file_look_finish (GAsyncResult *result, GError **error);

void
flatline_file_look_free (FlatlineFileLook *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineFileLook, flatline_file_look_free)

G_END_DECLS
