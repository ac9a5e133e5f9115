/* SPDX-License-Identifier: MIT */
/* Private to system/: which CPython a process runs, from its files alone. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "3.11.2", "3.11" when only that much is known, NULL when it runs no CPython that shows. Transfer full. */
char *
flatline_python_version_read (gint64 pid);

G_END_DECLS
