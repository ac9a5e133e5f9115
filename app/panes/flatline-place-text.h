/* SPDX-License-Identifier: MIT */
/*
 * A place in a file, as “folder/file.py:9”, in the order in which it is written. Letters that go from right to left
 * would take the numbers and separators around them along: the line before the name, a folder after its file.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* For labels, not to be copied: with characters that are not seen. @place as it is where it has no such letter. */
char *
flatline_place_text_dup (const char *place);

G_END_DECLS
