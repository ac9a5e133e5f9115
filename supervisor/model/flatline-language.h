/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* For main(): messages in the user's language from here on, of a program in place as of an installed one. */
void
flatline_language_start (void);

G_END_DECLS
