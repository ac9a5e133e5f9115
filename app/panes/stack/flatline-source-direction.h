/* SPDX-License-Identifier: MIT */
/*
 * Sources read from left to right, whatever letters their lines begin with; GtkTextView goes by these, line by line,
 * and by nothing else. So such a line is given a mark in front that has no width, and who counts or copies leaves it
 * out.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @text with the marks. Transfer full. */
char *
flatline_source_direction_dup (const char *text);

/* 1 for a line that has a mark, 0 for others. @line: anywhere in it. */
int
flatline_source_direction_count_marks (const GtkTextIter *line);

/* What is copied from @view has none. */
void
flatline_source_direction_copy_without (GtkTextView *view);

G_END_DECLS
