/* SPDX-License-Identifier: MIT */
/* Values as JSON on the clipboard: what a person pastes into a bug report, or into a script. */
#pragma once

#include "flatline-records.h"
#include "flatline-value-progress.h"

G_BEGIN_DECLS

/* The variables of a frame as text, a line each. Transfer full. */
char *
flatline_value_copying_dup_lines (GListStore *values);

/*
 * Writes @values (nullable; they may be shown meanwhile) as a list in a worker, and puts it on the clipboard of
 * @progress, which shows how far that is.
 */
void
flatline_value_copying_begin_list (FlatlineValueProgress *progress, GListStore *values);

/* The same for one value. */
void
flatline_value_copying_begin (FlatlineValueProgress *progress, FlatlineValue *value);

G_END_DECLS
