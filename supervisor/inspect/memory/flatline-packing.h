/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The command that unpacks the compressed file behind @fd, which is read from its start and not moved; static. NULL: it
 * is not known to be one. */
const char *
flatline_packing_find_command (int fd);

G_END_DECLS
