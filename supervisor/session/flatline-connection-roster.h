/* SPDX-License-Identifier: MIT */
/*
 * FlatlineConnectionRoster: the connections of a tree as a list that lives: a connection is the same record in the same
 * place from one reading to the next, with its age, its throughput and the name of its other end; while monitored, it
 * says what happened to it. A reading is written into the list in small steps between other work of the main loop, so
 * that thousands of connections hold up nobody. Main thread.
 *
 * Signal: "settled" (GPtrArray of FlatlineConnection: the rows that it marked): the reading is in the list whole.
 */
#pragma once

#include "flatline-records.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_CONNECTION_ROSTER (flatline_connection_roster_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineConnectionRoster, flatline_connection_roster, FLATLINE, CONNECTION_ROSTER, GObject)

FlatlineConnectionRoster *
flatline_connection_roster_new (void);

/* FlatlineConnection; borrowed. */
GListStore *
flatline_connection_roster_get_list (FlatlineConnectionRoster *self);

/*
 * Writes @reading (FlatlineConnection, transfer full), made at @read_at_us (monotonic), into the list. @marking: rows
 * get their "change", and one that is gone stays for one more reading. Not while it is busy with another.
 */
void
flatline_connection_roster_apply (FlatlineConnectionRoster *self,
                                  GPtrArray *reading,
                                  gint64 read_at_us,
                                  gboolean marking);

/* A reading is being written. */
gboolean
flatline_connection_roster_is_busy (FlatlineConnectionRoster *self);

/* Forgets everything, a reading under way too. */
void
flatline_connection_roster_clear (FlatlineConnectionRoster *self);

G_END_DECLS
