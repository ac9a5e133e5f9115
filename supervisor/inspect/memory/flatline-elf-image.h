/* SPDX-License-Identifier: MIT */
/* FlatlineElfImage: one ELF file mapped into a target; finds symbols and sections and says where they are in memory. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 start, end, offset;
  gboolean writable;
  gboolean executable;
  char *path; /* as the target sees it; "" for anonymous memory */
  char *file; /* of a core: what to open instead of the path, NULL: the path itself */
} FlatlineMapping;

FlatlineMapping *
flatline_mapping_new (const char *path);
void
flatline_mapping_free (FlatlineMapping *mapping);

/* /proc/PID/maps. GPtrArray of FlatlineMapping, transfer full; NULL when it cannot be read. */
GPtrArray *
flatline_mappings_read (gint64 pid);

/* Of the text of such a file, which is spoiled by it. */
GPtrArray *
flatline_mappings_parse (char *text);

/* Which of @mappings, which are in the order of their addresses, holds @address; FALSE: none. */
gboolean
flatline_mappings_find (GPtrArray *mappings, guint64 address, guint *index);

/*
 * The file behind @mappings whose path is @path, as the target sees it (the mapped file itself where that can be had:
 * it may have been replaced or deleted since), and its load bias. @pid 0: of a core, the files of this machine. -1 when
 * it is no ELF file or cannot be opened.
 */
int
flatline_elf_image_open_file (gint64 pid, GPtrArray *mappings, const char *path, guint64 *bias);

typedef struct _FlatlineElfImage FlatlineElfImage;

/* The same, opened to be looked into; NULL when it cannot be. */
FlatlineElfImage *
flatline_elf_image_open (gint64 pid, GPtrArray *mappings, const char *path);
void
flatline_elf_image_close (FlatlineElfImage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineElfImage, flatline_elf_image_close)

/* Address in the target of symbol @name of .dynsym or .symtab, 0 when there is none. */
guint64
flatline_elf_image_find_symbol (FlatlineElfImage *self, const char *name);

/* Address in the target and size of section @name, 0 when there is none. */
guint64
flatline_elf_image_find_section (FlatlineElfImage *self, const char *name, guint64 *size);

G_END_DECLS
