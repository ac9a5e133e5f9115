/* SPDX-License-Identifier: MIT */
/*
 * FlatlineErrorMarks: where output and errors go to one terminal or pipe, so that they come in the order of writing,
 * Python's own sys.stderr writes its text between two marks (agent/native/flatline-error-marks.c), by which it is told
 * apart again here. A mark is made of control characters, other ones for each run, that move nothing in a terminal;
 * the program is told of them by FLATLINE_ERROR_MARKS. Who does not know them (a child in C, faulthandler) writes none.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FLATLINE_ERROR_MARKS_VARIABLE "FLATLINE_ERROR_MARKS"

typedef struct _FlatlineErrorMarks FlatlineErrorMarks;
typedef void (*FlatlineErrorMarksTell) (gpointer user_data, gboolean is_error, GBytes *data);

FlatlineErrorMarks *
flatline_error_marks_new (void);
void
flatline_error_marks_free (FlatlineErrorMarks *self);

/* What the variable says: both marks in hexadecimal digits, device and inode of @fd. Transfer full; NULL with errno. */
char *
flatline_error_marks_dup_word (FlatlineErrorMarks *self, int fd);

/* Tells what was read, in order and without its marks; one that is cut off is kept for what is read next. */
void
flatline_error_marks_part (FlatlineErrorMarks *self, GBytes *data, FlatlineErrorMarksTell tell, gpointer user_data);

/* Nothing more is read: what only began like a mark is told. */
void
flatline_error_marks_end (FlatlineErrorMarks *self, FlatlineErrorMarksTell tell, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineErrorMarks, flatline_error_marks_free)

G_END_DECLS
