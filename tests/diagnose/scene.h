/* SPDX-License-Identifier: MIT */
/* Snapshots built by hand, a few words a fact, for the tests of diagnose/. */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

#define SCENE_PID  100
#define SCENE_FILE "/home/ann/app.py"
#define SCENE_LIB  "/usr/lib/python3.11/"

/* A program /usr/bin/python3.11 with pid SCENE_PID and nothing else. Transfer full. */
FlatlineSnapshot *
scene_new (void);

/* A Python thread with @native_id; the one with SCENE_PID is the main thread. Asleep. Borrowed. */
FlatlineThread *
scene_add_thread (FlatlineSnapshot *scene, gint64 native_id, const char *name);

/* @call: "futex 0x1 0x0 0x0 0x0": the name and the arguments known, the rest are 0x0. NULL: none. */
void
scene_set_syscall (FlatlineThread *thread, const char *call);

/* Appends the next frame outwards. Borrowed. */
FlatlineFrame *
scene_add_frame (FlatlineThread *thread, const char *file, const char *function, gint64 line);

/* A local variable; returns it, borrowed, so that scene_add_child() can fill it. */
FlatlineValue *
scene_add_local (FlatlineFrame *frame, const char *name, const char *type, const char *text, guint64 address);
void
scene_add_child (FlatlineValue *value, const char *name, const char *text, guint64 address);

/* A lock with the native ids of its waiters, divided by blanks. Borrowed. */
FlatlineLock *
scene_add_lock (FlatlineSnapshot *scene, const char *type, const char *name, gint64 owner, const char *waiters);

void
scene_add_descriptor (FlatlineSnapshot *scene, gint64 fd, const char *kind, const char *target, gint64 peer_pid);
void
scene_add_connection (FlatlineSnapshot *scene, gint64 fd, const char *protocol, const char *state, const char *remote);

/* The root process and, when @child is not 0, a child of it. */
void
scene_add_processes (FlatlineSnapshot *scene, gint64 child, const char *command_line);

/* A child of the root with one thread, that is in @call, and one of its Python threads (the main one for @pid). */
FlatlineProcess *
scene_add_child_process (FlatlineSnapshot *scene, gint64 pid, const char *command_line, const char *call);
FlatlineThread *
scene_add_relative (FlatlineSnapshot *scene, gint64 pid, gint64 native_id, const char *name, const char *call);

/* An end of a pipe of any process of the tree. */
void
scene_add_pipe_end (FlatlineSnapshot *scene, gint64 pid, gint64 fd, gboolean writes, gint64 peer_pid);

/* What the looks after the capture found. */
void
scene_set_looks (FlatlineThread *thread, gint64 moves, double demand_percent);
void
scene_add_round (FlatlineThread *thread, const char *file, const char *function, gint64 line);

void
scene_add_source (FlatlineSnapshot *scene, const char *file, const char *text);
void
scene_add_beat (FlatlineSnapshot *scene, const char *lane, double age_seconds);

/* Diagnoses, and checks kind, confidence and location of the verdict; NULL checks nothing. */
FlatlineVerdict *
scene_expect (FlatlineSnapshot *scene, const char *kind, const char *confidence, const char *location);

/* The summary has @words. */
void
scene_expect_words (FlatlineSnapshot *scene, const char *words);

G_END_DECLS
