/* SPDX-License-Identifier: MIT */
/* Names of addresses in the files that a Dwfl knows, for one capture. */
#pragma once

#include "flatline-records.h"

#include <elfutils/libdwfl.h>

G_BEGIN_DECLS

typedef struct _FlatlineNativeNames FlatlineNativeNames;

/* @dwfl is to outlive it. */
FlatlineNativeNames *
flatline_native_names_new (Dwfl *dwfl);
void
flatline_native_names_free (FlatlineNativeNames *self);

/*
 * The calls at @pc, innermost first, at least one; NULL: the code there is that of Python's evaluator, as far as
 * symbols tell, which is not named. Transfer none, GPtrArray of FlatlineFrame.
 */
GPtrArray *
flatline_native_names_find (FlatlineNativeNames *self, guint64 pc);

/* Of a frame found: a copy for a stack, since a record is in one place. Transfer full. */
FlatlineFrame *
flatline_native_names_dup_frame (FlatlineFrame *known);

G_END_DECLS
