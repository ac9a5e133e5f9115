/* SPDX-License-Identifier: MIT */
/*
 * FlatlineExamination: a process that no session started, or a core file, being looked at: as often as asked, each time
 * a whole snapshot. The process is not supervised: nothing listens to its heart, and it is told nothing. Main thread.
 *
 * Properties, all notify: "title" (string), "examiner" (FlatlineExaminer; NULL when the process has ended),
 * "snapshot" (FlatlineSnapshot, the newest, or NULL), "busy" (boolean: a look is under way), "alive" (boolean: a
 * process that lives), "trouble" (string: why the last look showed nothing, or NULL).
 */
#pragma once

#include "flatline-examiner.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_EXAMINATION (flatline_examination_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineExamination, flatline_examination, FLATLINE, EXAMINATION, GObject)

/* Begins with a first look. */
FlatlineExamination *
flatline_examination_new_for_process (gint64 pid);
FlatlineExamination *
flatline_examination_new_for_core (const char *core_file);

/* By its first bytes. */
gboolean
flatline_examination_is_core_file (const char *path);

/* A look now; one that is under way already serves. */
void
flatline_examination_look (FlatlineExamination *self);

/* To the process, and to no other that got its number meanwhile. */
gboolean
flatline_examination_send_signal (FlatlineExamination *self, int signum, GError **error);

/* 0 for a core file. */
gint64
flatline_examination_get_pid (FlatlineExamination *self);
gboolean
flatline_examination_is_alive (FlatlineExamination *self);

G_END_DECLS
