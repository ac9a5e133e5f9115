/* SPDX-License-Identifier: MIT */
/*
 * FlatlineValueList: what a value holds, as a list model that is filled when it is looked at for the first time: from
 * the capture where that has the whole, else from the program itself, while it lives. The capture is not changed by it:
 * the store may be writing it down meanwhile. Of a large container a page is read; the last row stands for the rest.
 *
 * Signal: "loaded" (): the program has answered.
 */
#pragma once

#include "flatline-examiner.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_VALUE_LIST (flatline_value_list_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineValueList, flatline_value_list, FLATLINE, VALUE_LIST, GObject)

/* NULL when @value holds nothing, or nothing that can be read: @examiner is NULL when the program has ended. */
FlatlineValueList *
flatline_value_list_new (FlatlineValue *value, FlatlineExaminer *examiner);

/* Reads the next page when @row stands for the rest of a list; FALSE: it does not. */
gboolean
flatline_value_list_read_on (FlatlineValue *row);

G_END_DECLS
