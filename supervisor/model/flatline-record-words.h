/* SPDX-License-Identifier: MIT */
#pragma once

#include "flatline-records.h"

G_BEGIN_DECLS

/*
 * Records keep their words in English, for machines and for other people's desktops: "sleeping", "likely". This is what
 * a person reads instead: the word translated; one that is not known as it is; NULL for NULL.
 */
const char *
flatline_record_word_text (const char *word);

/* What @task waits for: "awaits sleep 3", "cancelled, but awaits sleep 3"; NULL: nothing is known. Transfer full. */
char *
flatline_task_dup_wait (FlatlineTask *task);

G_END_DECLS
