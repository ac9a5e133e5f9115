/* SPDX-License-Identifier: MIT */
/* Private to system/: names of this machine's system calls. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "futex" for 202 on x86_64; NULL for a number that the headers of the build do not know. Static. */
const char *
flatline_syscall_name (gint64 number);

G_END_DECLS
