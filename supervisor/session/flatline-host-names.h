/* SPDX-License-Identifier: MIT */
/*
 * FlatlineHostNames: the names of the machines at the other ends, asked for in the background, a few at a time, each
 * once. Whoever wants a name takes what is known and is told when more is. Main thread.
 *
 * Signal: "resolved" (): names came that were not known at the last emission.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_HOST_NAMES (flatline_host_names_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineHostNames, flatline_host_names, FLATLINE, HOST_NAMES, GObject)

FlatlineHostNames *
flatline_host_names_new (void);

/*
 * The name of the machine at @endpoint ("192.0.2.7:443", "[2001:db8::7]:443"); NULL when it has none, when it is this
 * machine, or when it is not known yet: then it is asked for. Borrowed until the object goes.
 */
const char *
flatline_host_names_find (FlatlineHostNames *self, const char *endpoint);

G_END_DECLS
