/* SPDX-License-Identifier: MIT */
/*
 * Sockets, pipes and descriptors of processes: /proc/PID/fd joined with sock_diag(7) netlink answers (TCP with
 * tcp_info, UDP, Unix), falling back to the files of /proc/PID/net. Blocking; call from a worker thread.
 */
#pragma once

#include "flatline-records.h"

G_BEGIN_DECLS

/* @pids: GArray of gint64. Transfer full, GPtrArray of FlatlineConnection. */
GPtrArray *
flatline_connections_list (GArray *pids);

/*
 * All open descriptors of @pid with kind, target and, for pipes, who of this machine holds the other end: what
 * @connections (NULL: none) tell of it, so that the machine is not searched again. GPtrArray of FlatlineDescriptor,
 * transfer full.
 */
GPtrArray *
flatline_descriptors_list (gint64 pid, GListStore *connections);

G_END_DECLS
