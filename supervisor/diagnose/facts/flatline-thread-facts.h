/* SPDX-License-Identifier: MIT */
/*
 * Questions about one thread of a snapshot and its frames: what is the program's own code, what a library's, what
 * Flatline's agent's. The rules of diagnosis ask them, and so does whoever shows stacks.
 */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

gboolean
flatline_thread_in_state (FlatlineThread *thread, char state);

/*
 * The frames of @thread, innermost first; peek answers NULL after the last. Between begin and end they are kept at hand
 * with what is asked of them most; the stack must not change meanwhile.
 */
void
flatline_thread_begin_stack (FlatlineThread *thread);
void
flatline_thread_end_stack (FlatlineThread *thread);
guint
flatline_thread_count_frames (FlatlineThread *thread);
FlatlineFrame *
flatline_thread_peek_frame (FlatlineThread *thread, guint position);

/* @names: system calls divided by blanks. */
gboolean
flatline_thread_in_syscall (FlatlineThread *thread, const char *names);

/* Whether it waits for nothing but a time: time.sleep() is a select() of no descriptors before 3.11. */
gboolean
flatline_thread_sleeps (FlatlineThread *thread);

/* "1 h 59 min": how long the system call may take until it gives up by itself; NULL: less than a minute, for ever, or
 * unknown. Transfer full. */
char *
flatline_thread_dup_time_left (FlatlineThread *thread);

/* TRUE for a sleep in futex, wait4, read, …, FALSE when a time-out ends it or there is no system call. */
gboolean
flatline_thread_waits_for_ever (FlatlineThread *thread);

/* TRUE when the thread was looked at again after the capture. */
gboolean
flatline_thread_was_watched (FlatlineThread *thread);

/* TRUE when none of those looks found a change, and it did not run meanwhile. FALSE when it was not watched. */
gboolean
flatline_thread_stands_still (FlatlineThread *thread);

/* Descriptor @index of those it polls; -1 after the last. @writes may be NULL. */
gint64
flatline_thread_polled_descriptor (FlatlineThread *thread, guint index, gboolean *writes);

/* Argument @index of the system call; 0 when it is not known. */
guint64
flatline_thread_syscall_argument (FlatlineThread *thread, guint index);

gboolean
flatline_frame_is_python (FlatlineFrame *frame);

/* TRUE for the program's own code: no standard library, no installed package, not Flatline's agent. */
gboolean
flatline_frame_is_own (FlatlineFrame *frame);

/* TRUE for code of an installed package. */
gboolean
flatline_frame_is_of_package (FlatlineFrame *frame);

/*
 * TRUE for the script that an installer made for a package (bin/gunicorn), and for what multiprocessing gives a new
 * interpreter: of no use to a person. @called: the frame that it has called; NULL: none.
 */
gboolean
flatline_frame_is_launcher (FlatlineFrame *frame, FlatlineFrame *called);

/* TRUE for a thread that Flatline's agent itself runs in the program. */
gboolean
flatline_thread_is_agent (FlatlineThread *thread);

/*
 * The innermost frame of the program's own code, else of an installed package, else of Python code, else the innermost;
 * NULL without. The script that only starts a package (bin/gunicorn) is not the program.
 */
FlatlineFrame *
flatline_thread_find_place (FlatlineThread *thread);

FlatlineFrame *
flatline_thread_find_innermost (FlatlineThread *thread);
FlatlineFrame *
flatline_thread_find_outermost (FlatlineThread *thread);

/* The Python frame that @caller, one of @thread's, has called; NULL when it is the innermost. */
FlatlineFrame *
flatline_thread_find_called (FlatlineThread *thread, FlatlineFrame *caller);

/*
 * The innermost frame of a function of a library that the program's own code called: @file is the end of the file's
 * path
 * ("threading.py"), @functions names divided by blanks. Looks no further out than the first frame of the program.
 */
FlatlineFrame *
flatline_thread_find_call (FlatlineThread *thread, const char *file, const char *functions);

/* The same on the whole stack. */
FlatlineFrame *
flatline_thread_find_frame (FlatlineThread *thread, const char *file, const char *functions);

/* "app.py:12 in work"; NULL for a NULL frame. Transfer full. */
char *
flatline_frame_dup_location (FlatlineFrame *frame);

/* "app.py:12". Transfer full. */
char *
flatline_frame_dup_short_location (FlatlineFrame *frame);

/* "MainThread", "thread ‘worker’". Transfer full. */
char *
flatline_thread_dup_label (FlatlineThread *thread);

/* As a sentence begins with it. Transfer full. */
char *
flatline_label_dup_capitalised (const char *label);

/* "MainThread (11)", "thread ‘worker’ (12)". Transfer full. */
char *
flatline_thread_dup_label_with_id (FlatlineThread *thread);

/* The variable that is called so, and what is called so inside of a value; borrowed, NULL when there is none. */
FlatlineValue *
flatline_frame_find_local (FlatlineFrame *frame, const char *name);
FlatlineValue *
flatline_value_find_child (FlatlineValue *value, const char *name);

/* Microseconds from the newest beat of @lane to the capture; -1 when there is none. */
gint64
flatline_snapshot_silence_us (FlatlineSnapshot *snapshot, const char *lane);

G_END_DECLS
