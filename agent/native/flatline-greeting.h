/* SPDX-License-Identifier: MIT */
/*
 * What is said first, by a process that may be a child of the one that wrote it down: a forked child, whose memory is
 * its parent's until it writes there, shall make nothing for a word that it may never say.
 */
#pragma once

#include <stddef.h>

/* Writes @template with the id of this process for $P, of its parent for $Q and the time, in seconds since the epoch,
 * for $T. Returns how long that is, without a zero at the end; 0: longer than @size. */
size_t
flatline_greeting_fill (const char *template, char *text, size_t size);
