/* SPDX-License-Identifier: MIT */
/*
 * What the addresses of one file are called, kept between captures: to unpack a file's debug information for a dozen
 * names takes longer than all else of a capture, and threads wait at the same places every time. One file a build id in
 * the user's cache folder; it counts as long as the module and all files of debug information for it are the same.
 * Nothing of it is relied on: what is missing, of another version, or garbage is as if it had never been written.
 */
#pragma once

#include <elfutils/libdwfl.h>
#include <glib.h>

G_BEGIN_DECLS

/* Calls at an address, a function's name, file ("" unknown) and line each, innermost first. */
#define FLATLINE_KNOWN_CALLS "a(ssu)"
/* Where the code of the evaluator lies: first address, and the one behind the last. */
#define FLATLINE_KNOWN_RANGES "a(tt)"

typedef struct _FlatlineKnownNames FlatlineKnownNames;

/* Of a module without build id, or without a cache folder that is the user's own, nothing is ever known. */
FlatlineKnownNames *
flatline_known_names_open (Dwfl_Module *module);

/* Keeps what was added, and frees. */
void
flatline_known_names_close (FlatlineKnownNames *self);

/* Addresses count from the module's beginning. NULL: not known. Transfer full. */
GVariant *
flatline_known_names_find (FlatlineKnownNames *self, guint64 offset);
void
flatline_known_names_add (FlatlineKnownNames *self, guint64 offset, GVariant *calls);

/* The same for FLATLINE_KNOWN_RANGES, one for all of the module. */
GVariant *
flatline_known_names_find_ranges (FlatlineKnownNames *self);
void
flatline_known_names_add_ranges (FlatlineKnownNames *self, GVariant *ranges);

G_END_DECLS
