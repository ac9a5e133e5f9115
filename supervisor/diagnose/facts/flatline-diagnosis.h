/* SPDX-License-Identifier: MIT */
/*
 * Private to diagnose/. A diagnosis asks its rules, one after the other, why each thread does not go on; the first that
 * knows fills a finding. From the findings the verdict is chosen and worded (flatline-diagnose.c). Rules see the
 * snapshot and nothing else.
 */
#pragma once

#include "flatline-snapshot.h"
#include <glib/gi18n.h>

#include "flatline-thread-facts.h"

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_CONFIDENCE_GUESS,
  FLATLINE_CONFIDENCE_LIKELY,
  FLATLINE_CONFIDENCE_CERTAIN,
} FlatlineConfidence;

/* What the workers of a finding have to do with what it waits for. */
typedef enum
{
  FLATLINE_WORKERS_COMPUTE,     /* each of them a part of it */
  FLATLINE_WORKERS_MAY_COMPUTE, /* one of them, it is not known which */
  FLATLINE_WORKERS_ARE_BUSY,    /* it begins when one is free */
  FLATLINE_WORKERS_START,       /* it begins when one has started */
  FLATLINE_WORKERS_ARE_SERVED,  /* the thread has to serve them until all are done */
  FLATLINE_WORKERS_ARE_AWAITED, /* until each of them has ended, as a shell waits for those of a pipeline */
} FlatlineWorkersPart;

typedef struct
{
  FlatlineThread *thread; /* borrowed */
  gboolean is_of_core;    /* no kernel told of it, but the registers in a core file */
  const char *kind;       /* a verdict's kind, static */
  FlatlineConfidence confidence;
  char *does;     /* goes on from the thread's name: "waits for lock ‘a’", "sleeps in time.sleep(30)" */
  char *plainly;  /* the same without what is only true of one moment (", which is empty"); NULL: as it is */
  char *resource; /* what it waits for, for the chain: "lock ‘a’"; NULL when nothing that somebody could give */
  gint64 holder;  /* native id of the thread that has to act first, 0 unknown or none */
  gboolean names_holder; /* `does` says already who that is */
  char *other_holder;    /* who has to act when it is no thread: "process 12 (sleep 100)"; NULL */
  gint64 other_holder_id;
  GPtrArray *workers; /* FlatlineThread of other processes, one of which becomes the holder; NULL */
  FlatlineWorkersPart workers_part;
  gboolean serves_loop; /* in a loop of its own, a dialog's: that of its callback does not stand still */
  gboolean timed;       /* the wait ends by itself after some time: it never closes a circle */
  gboolean moved;       /* the looks found the thread going on: neither does it */
  char *aside;          /* ends the sentence: "meanwhile the asyncio loop stands still"; NULL */
  gboolean in_package;  /* `aside` only names the package it waits in */
  FlatlineFrame *place; /* where the verdict points to when not to the innermost frame of the program; borrowed */
  FlatlineReference *resource_at; /* where to see the resource; NULL */
  GPtrArray *evidence;            /* FlatlineEvidence; NULL without */
  GPtrArray *links; /* FlatlineWaitLink that go on from here within the thread, as from task to task; NULL */
} FlatlineFinding;

typedef struct
{
  FlatlineSnapshot *snapshot; /* borrowed */
  GHashTable *findings;       /* FlatlineThread -> FlatlineFinding */
  GHashTable *threads;        /* native id (gint64 *) -> FlatlineThread, relatives and `others` too */
  GPtrArray *others;          /* FlatlineThread that stand for the processes of the tree without known threads */
  GHashTable *sources;        /* file -> FlatlineSourceLines */
  GHashTable *held;           /* FlatlineFrame -> GStrv: the locks it has taken around its line, by the source */
  GHashTable *variables;      /* address (guint64 *) of what rules ask for -> FlatlineValue that names it; made then */
  GHashTable *attributes;     /* the same for what is inside of variables */
  GHashTable *owners;         /* FlatlineValue of attributes -> FlatlineValue that has it */
  GHashTable *processes;      /* pid (gint64 *) -> FlatlineProcess */
  GHashTable *tasks;          /* address (guint64 *) -> FlatlineTask, the first that has it; made when first asked */
  GHashTable *awaited;        /* native id of a waiter (gint64 *) -> FlatlineLock, the first that lists it */
} FlatlineDiagnosis;

/* --- flatline-finding.c --- */

FlatlineFinding *
flatline_finding_new (FlatlineDiagnosis *diagnosis, FlatlineThread *thread);
void
flatline_finding_free (FlatlineFinding *finding);

/* Sets kind and confidence, and what the thread does (transfer full). */
void
flatline_finding_settle (FlatlineFinding *finding, const char *kind, FlatlineConfidence confidence, char *does);

/* Tells what the thread does with more words (transfer full); the words there were stay as what it does plainly. */
void
flatline_finding_extend (FlatlineFinding *finding, char *does);

void
flatline_finding_add_evidence (FlatlineFinding *finding, const char *source, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* The fact that was added last is about @reference (transfer full). */
void
flatline_finding_point (FlatlineFinding *finding, FlatlineReference *reference);

/* Where to see what it waits for (transfer full). */
void
flatline_finding_take_resource (FlatlineFinding *finding, FlatlineReference *reference);

/* The system call of the thread, when it is in one; its state and use of a processor otherwise. */
void
flatline_finding_add_kernel_evidence (FlatlineFinding *finding);

/* That @frame is on the thread's stack. */
void
flatline_finding_add_frame_evidence (FlatlineFinding *finding, FlatlineFrame *frame);

/* The finding about the thread that @finding waits for, or NULL. */
FlatlineFinding *
flatline_diagnosis_find_holder (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);

/* "lock ‘a’ held by MainThread"; @holder NULL: by itself. Transfer full. */
char *
flatline_dup_held_by (const char *what, const char *holder);

/* "waits for lock ‘a’ held by MainThread": `does` with the holder. Transfer full. */
char *
flatline_diagnosis_dup_deed (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);

/* --- flatline-references.c; each transfer full --- */

FlatlineReference *
flatline_reference_new_for_thread (FlatlineThread *thread);
FlatlineReference *
flatline_reference_new_for_process (FlatlineDiagnosis *diagnosis, gint64 pid);
FlatlineReference *
flatline_reference_new_for_lock (FlatlineLock *lock, const char *label);
FlatlineReference *
flatline_reference_new_for_task (FlatlineTask *task, gint64 pid, const char *label);
FlatlineReference *
flatline_reference_new_for_descriptor (const char *kind, gint64 pid, gint64 fd);
FlatlineReference *
flatline_reference_new_for_frame (FlatlineFrame *frame, gint64 pid);

/* --- flatline-diagnosis-index.c --- */

/* Fills the tables of @diagnosis from its snapshot. */
void
flatline_diagnosis_begin (FlatlineDiagnosis *diagnosis);
void
flatline_diagnosis_end (FlatlineDiagnosis *diagnosis);

/* The thread with @native_id, or NULL for 0 and for one that is not there. */
FlatlineThread *
flatline_diagnosis_find_thread (FlatlineDiagnosis *diagnosis, gint64 native_id);

/* The process with @pid in the snapshot's tree, or NULL; borrowed. */
FlatlineProcess *
flatline_diagnosis_find_process (FlatlineDiagnosis *diagnosis, gint64 pid);

/* NULL when the capture does not know it; borrowed. */
FlatlineDescriptor *
flatline_diagnosis_find_descriptor (FlatlineDiagnosis *diagnosis, gint64 pid, gint64 fd);
FlatlineConnection *
flatline_diagnosis_find_connection (FlatlineDiagnosis *diagnosis, gint64 pid, gint64 fd);

/* "process 12 (sleep 100)". Transfer full. */
char *
flatline_diagnosis_dup_process_label (FlatlineDiagnosis *diagnosis, gint64 pid);

/* The thread that answers for process @pid: the only one it has; NULL when another of its threads might act as well. */
FlatlineThread *
flatline_diagnosis_find_only_thread (FlatlineDiagnosis *diagnosis, gint64 pid);

/* TRUE when all was read from a core file: it is of one moment, and no kernel told of it. */
gboolean
flatline_diagnosis_is_of_core (FlatlineDiagnosis *diagnosis);

/* TRUE for a thread of another process than the one that was captured. */
gboolean
flatline_diagnosis_is_relative (FlatlineDiagnosis *diagnosis, FlatlineThread *thread);

/* Threads of the snapshot and of its relatives, one after the other; NULL after the last. */
FlatlineThread *
flatline_diagnosis_peek_thread (FlatlineDiagnosis *diagnosis, guint position);

G_END_DECLS
