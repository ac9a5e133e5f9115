/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Records keep their words in English, for machines and for other people's desktops: "sleeping", "likely". This is what
 * a person reads instead: the word translated; one that is not known as it is; NULL for NULL.
 */
const char *
flatline_record_word_text (const char *word);

G_END_DECLS
