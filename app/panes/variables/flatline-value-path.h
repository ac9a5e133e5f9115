/* SPDX-License-Identifier: MIT */
/* What Python calls the value of a row: “order.items[3]['name']”, to be asked for in the console. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @row (nullable) is one of a tree of FlatlineValues. NULL: no expression leads there, as to the members of a set. */
char *
flatline_value_path_dup (GtkTreeListRow *row);

G_END_DECLS
