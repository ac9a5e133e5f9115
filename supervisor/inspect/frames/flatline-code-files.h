/* SPDX-License-Identifier: MIT */
/* Where the files of code objects lie that name none: those of programs packed into one file. */
#pragma once

#include "flatline-target.h"

G_BEGIN_DECLS

typedef struct _FlatlineCodeFiles FlatlineCodeFiles;

FlatlineCodeFiles *
flatline_code_files_new (FlatlineTarget *target);
void
flatline_code_files_free (FlatlineCodeFiles *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineCodeFiles, flatline_code_files_free)

/* Takes @file, as a code object names it, and returns it, or the path that it has in the standard library. */
char *
flatline_code_files_resolve (FlatlineCodeFiles *self, char *file);

G_END_DECLS
