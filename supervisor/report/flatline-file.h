/* SPDX-License-Identifier: MIT */
/* .flatline files: a snapshot's JSON, gzip-compressed. Reading is bounded (a zip bomb is refused) and runs nothing. */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

/* Written beside and renamed, so a reader sees all or nothing. */
gboolean
flatline_file_save (FlatlineSnapshot *snapshot, const char *path, GError **error);

/* The message of a refusal says what the file is instead. Transfer full. */
FlatlineSnapshot *
flatline_file_load (const char *path, GError **error);

G_END_DECLS
