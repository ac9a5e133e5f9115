/* SPDX-License-Identifier: MIT */
/*
 * A program of tests/fixtures/zoo or tests/fixtures/calm, and what its second line says of it:
 *
 *   # expect: kind=KIND[,KIND…] [thread=NAME[,NAME…]] [name=WORDS]… [lacks=WORDS]… [evidence=WORDS]… [confidence=WORD]
 *   [needs=THING]
 *
 * kind: what the verdict must be, one of them. thread: whose verdict it must be, one of them (MainThread). name: what
 * the sentence must have, \040 for a blank; may be given more than once. lacks: what it may not have. evidence: the
 * same of one of the facts it is known from. confidence: what it must be; programs that are not frozen may not be told
 * of a deadlock however unsure. needs: modules, or “display”, “gtk” (4.0), “fuse”, “cgroup2”, “mariadbd”, “gil”,
 * “free-threads” or “namespaces” (the right to make some); without them the test is skipped. The lines marked “#
 * freezes here” are where the verdict must point to, any of them.
 */
#pragma once

#include "flatline-capture.h"

G_BEGIN_DECLS

typedef struct
{
  char *path;
  char **kinds;
  char **threads;
  char *confidence; /* NULL: any */
  char **needs;     /* NULL: nothing */
  GPtrArray *names; /* char * */
  GPtrArray *facts; /* char * */
  GPtrArray *lacks; /* char * */
  GArray *lines;    /* gint64 */
  gboolean started;
  GPid pid;
  int input;
  int output;
} Animal;

Animal *
animal_read (const char *path);
void
animal_free (Animal *animal);

/* The Python that runs them: $FLATLINE_ZOO_PYTHON, else the one of the build. */
const char *
animal_get_python (void);

/* Starts the program; it goes on to its freeze by itself. Nothing when it was started before. */
void
animal_start (Animal *animal);

/* Waits until the program says “ready”; FALSE when it does not, or ended. */
gboolean
animal_wait_until_ready (Animal *animal);

/* Kills it and all it has started. */
void
animal_end (Animal *animal);

/* NULL when @verdict is what was expected, else what is wrong with it. Transfer full. */
char *
animal_dup_complaint (const Animal *animal, FlatlineVerdict *verdict);

G_END_DECLS
