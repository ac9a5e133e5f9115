/* SPDX-License-Identifier: MIT */
/* A text that a program reads becomes one that nobody should have written: cut, repeated, with other numbers and bytes.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A few changes; the same of @random make the same ones. */
void
spoil_text (GRand *random, GString *text);

G_END_DECLS
