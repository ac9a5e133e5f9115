/* SPDX-License-Identifier: MIT */
/* Files that are no databases any more, or never were: they are set aside, never overwritten, and nothing is silent. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Gives @file, and what SQLite keeps beside it, another name that says when. @inode: the file that was found damaged;
 * when another one is in its place by now, somebody else was here first. The line that tells it, NULL when nothing was
 * moved. Transfer full.
 */
char *
flatline_store_damage_tell (const char *file, guint64 inode);

/* Which file it is at this moment; 0: none. */
guint64
flatline_store_read_inode (const char *file);

G_END_DECLS
