/* SPDX-License-Identifier: MIT */
/*
 * Files whose names are no UTF-8. What Python and we tell of such a name has U+FFFD in the place of each byte that is
 * no text, and no file is called so.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The path of the file that is told as @path, as we reach it below @root ("" or "/proc/4711/root"): @path itself where
 * all of it is text, else the only one that reads so; where there is none, or more than one, @path. What lies on a file
 * system that is silent is not looked through. Transfer full.
 */
char *
flatline_true_path_dup (const char *root, const char *path);

G_END_DECLS
