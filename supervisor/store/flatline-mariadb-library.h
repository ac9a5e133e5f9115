/* SPDX-License-Identifier: MIT */
/*
 * libmariadb, opened when the first server is connected to: who keeps freezes in a file, or only looks at a process,
 * shall not wait for it (and for its TLS library) to be loaded. Its functions are members of one table.
 */
#pragma once

#include <glib.h>
#include <mysql.h>

G_BEGIN_DECLS

#define FLATLINE_MARIADB_FUNCTIONS(F)                                                                                  \
  F (mysql_affected_rows)                                                                                              \
  F (mysql_close)                                                                                                      \
  F (mysql_errno)                                                                                                      \
  F (mysql_error)                                                                                                      \
  F (mysql_fetch_field_direct)                                                                                         \
  F (mysql_free_result)                                                                                                \
  F (mysql_get_server_info)                                                                                            \
  F (mysql_get_server_version)                                                                                         \
  F (mysql_get_socket)                                                                                                 \
  F (mysql_get_ssl_cipher)                                                                                             \
  F (mysql_init)                                                                                                       \
  F (mysql_num_fields)                                                                                                 \
  F (mysql_options)                                                                                                    \
  F (mysql_real_connect)                                                                                               \
  F (mysql_real_query)                                                                                                 \
  F (mysql_select_db)                                                                                                  \
  F (mysql_server_init)                                                                                                \
  F (mysql_ssl_set)                                                                                                    \
  F (mysql_stmt_bind_param)                                                                                            \
  F (mysql_stmt_bind_result)                                                                                           \
  F (mysql_stmt_close)                                                                                                 \
  F (mysql_stmt_errno)                                                                                                 \
  F (mysql_stmt_error)                                                                                                 \
  F (mysql_stmt_execute)                                                                                               \
  F (mysql_stmt_fetch)                                                                                                 \
  F (mysql_stmt_fetch_column)                                                                                          \
  F (mysql_stmt_free_result)                                                                                           \
  F (mysql_stmt_init)                                                                                                  \
  F (mysql_stmt_param_count)                                                                                           \
  F (mysql_stmt_prepare)                                                                                               \
  F (mysql_stmt_result_metadata)

typedef struct
{
#define FLATLINE_MARIADB_MEMBER(name) __typeof__ (name) *name;
  FLATLINE_MARIADB_FUNCTIONS (FLATLINE_MARIADB_MEMBER)
#undef FLATLINE_MARIADB_MEMBER
} FlatlineMariadbLibrary;

/* Filled by flatline_mariadb_library_load(). */
extern FlatlineMariadbLibrary flatline_mariadb;

/* From any thread. FALSE with FLATLINE_STORE_ERROR_OPEN when it is not there: it stays so. */
gboolean
flatline_mariadb_library_load (GError **error);

G_END_DECLS
