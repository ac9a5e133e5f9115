/* SPDX-License-Identifier: MIT */
/*
 * Private to system/: the processes of the machine at one moment, and which of them belong to a root. Plain data, made
 * and used in one thread.
 */
#pragma once

#include "flatline-proc-stat.h"

G_BEGIN_DECLS

typedef struct
{
  GArray *stats;    /* FlatlineProcStat */
  GHashTable *rows; /* pid -> index + 1 */
} FlatlineProcessTable;

FlatlineProcessTable *
flatline_process_table_read (void);
void
flatline_process_table_free (FlatlineProcessTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineProcessTable, flatline_process_table_free)

/* NULL when @pid is not there; borrowed. */
const FlatlineProcStat *
flatline_process_table_find (FlatlineProcessTable *self, gint64 pid);

/*
 * What ties processes to a root besides their parents. An orphan is handed to us (subreaper) or to init and its chain
 * of parents is cut: it still belongs when it was known before, shares the root's session or process group, or carries
 * the root's token in its environment.
 */
typedef struct
{
  gint64 root;
  gint64 root_start_ticks; /* 0: whichever process has the pid */
  char *token;             /* FLATLINE_TOKEN of the root, NULL without one */
  GHashTable *known;       /* pid -> start ticks (gint64 *), both owned by the caller; NULL for none */
} FlatlineProcessKinship;

/* As flatline_process_table_read(), but of others than the members of a root hardly any. */
FlatlineProcessTable *
flatline_process_table_read_kin (const FlatlineProcessKinship *kinship);

/* The members as pointers into the table, parents before their children, the root first when it lives. Transfer
 * container. */
GPtrArray *
flatline_process_table_list_members (FlatlineProcessTable *self, const FlatlineProcessKinship *kinship);

/* FLATLINE_TOKEN in the environment of @pid, NULL without one. Transfer full. */
char *
flatline_process_read_token (gint64 pid);

G_END_DECLS
