/* SPDX-License-Identifier: MIT */
/* One file out of a ZIP archive, such as the ones that Python runs and imports from (zipapp, .egg, PYTHONPATH). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What the archive open at @fd has under @name, at most @limit bytes of it, whatever stands before the archive in the
 * file. @truncated: it is longer. NULL when it is no archive or has nothing of that name. Transfer full, not
 * terminated.
 */
char *
flatline_zip_member_read (int fd, const char *name, gsize limit, gsize *length, gboolean *truncated);

G_END_DECLS
