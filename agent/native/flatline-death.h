/* SPDX-License-Identifier: MIT */
/*
 * The moment of death, held: a fatal signal is caught, the supervisor is told, and the process waits, for a bounded
 * time, until the supervisor has read it from outside. Then it dies as it would have.
 */
#pragma once

/* Catches fatal signals from now on and tells the supervisor that listens at @path. 0, or -1 when @path is too long. */
int
flatline_death_watch (const char *path);

/* Whether a thread is dying, or has just been let go to die: nothing of ours is to be seen in what it leaves. */
int
flatline_death_is_under_way (void);

/* Where that supervisor listens; empty: none. */
const char *
flatline_death_get_path (void);

/* Gives the calling thread a stack for its signal handlers, so that it can still speak when its own is used up. */
void
flatline_death_guard_thread (void);
