/* SPDX-License-Identifier: MIT */
/*
 * FlatlineValueContent: the whole of one long str or bytes. It lies in a file without a name and is mapped, so that its
 * length costs no memory that the kernel cannot take back.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  GBytes *bytes;    /* of a str: UTF-8; NULL before it is closed */
  gboolean is_text; /* a str */
  char *problem;    /* why this is only its beginning; NULL: it is the whole */
  gint64 length;    /* characters or bytes; -1: not known */
  int fd;           /* -1 once it is closed */
} FlatlineValueContent;

/* Empty, to be appended to. Transfer full. */
FlatlineValueContent *
flatline_value_content_new (GError **error);

/* Of what is in memory already; takes @bytes. */
FlatlineValueContent *
flatline_value_content_new_take (GBytes *bytes, gboolean is_text);

void
flatline_value_content_free (FlatlineValueContent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineValueContent, flatline_value_content_free)

gboolean
flatline_value_content_append (FlatlineValueContent *self, const GByteArray *piece, GError **error);

/* Makes bytes of what was appended; nothing is appended after it. */
gboolean
flatline_value_content_close (FlatlineValueContent *self, GError **error);

G_END_DECLS
