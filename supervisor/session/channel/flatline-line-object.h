/* SPDX-License-Identifier: MIT */
/* The JSON object of one line of the protocol. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/*
 * The object that @text, of at least one byte, is; NULL when it is none, is no UTF-8 or nests too deep. Escapes in
 * @text that stand for no character (NUL, half of a pair) become U+FFFD. Transfer full.
 */
JsonNode *
flatline_line_object_read (char *text, gsize length);

G_END_DECLS
