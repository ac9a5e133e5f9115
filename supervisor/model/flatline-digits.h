/* SPDX-License-Identifier: MIT */
/*
 * Whole numbers as text. A snapshot has hundreds of thousands of them, and printf takes twenty times as long for one:
 * use these where texts are made by the thousand.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void
flatline_append_decimal (GString *text, gint64 number);

/* As %x has it: no "0x", no zeros in front. */
void
flatline_append_hexadecimal (GString *text, guint64 number);

G_END_DECLS
