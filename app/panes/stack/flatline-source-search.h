/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtksourceview/gtksource.h>

#include "flatline-find-bar.h"

G_BEGIN_DECLS

/* A bar that looks for a text in what @view shows, whatever that becomes. */
FlatlineFindBar *
flatline_source_search_new (GtkSourceView *view);

G_END_DECLS
