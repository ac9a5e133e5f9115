/* SPDX-License-Identifier: MIT */
/* What the kernel tells in /proc becomes, in the test program that has this in it, what no kernel tells. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* From now on some of the texts and links are spoiled, which and how follows from @seed. */
void
spoiled_proc_begin (guint32 seed);

/* They are as they are again; how many were spoiled. */
guint
spoiled_proc_end (void);

G_END_DECLS
