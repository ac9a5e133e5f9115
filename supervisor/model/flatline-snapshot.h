/* SPDX-License-Identifier: MIT */
/*
 * FlatlineSnapshot: everything known about a program at one moment, as one document (DESIGN.md, "Snapshot"). Who makes
 * one: flatline_capture() in session/ (live), inspect/ (cores), the agent (exceptions). Who reads one: diagnose/,
 * report/, store/, the panes.
 */
#pragma once

#include "flatline-records.h"

G_BEGIN_DECLS

#define FLATLINE_SNAPSHOT_FORMAT  "flatline-snapshot"
#define FLATLINE_SNAPSHOT_VERSION 1

#define FLATLINE_TYPE_SNAPSHOT (flatline_snapshot_get_type ())
FLATLINE_DECLARE_RECORD (Snapshot, snapshot, SNAPSHOT)
struct _FlatlineSnapshot
{
  FlatlineRecord parent_instance;
  char *format;
  gint64 version;
  char *uid;          /* 128 random bits in hex */
  char *run_uid;      /* of the run that the store has kept it with, NULL none */
  char *reason;       /* "freeze", "crash", "exception", "manual", "dump" */
  gint64 captured_us; /* UTC */
  char *host;
  FlatlineProgram *program;
  gint64 pause_us;       /* how long the target was stopped for this, 0 = not at all */
  gint64 capture_us;     /* how long the capture took */
  gint64 signal;         /* it was being ended by this signal, 0 none */
  gint64 signal_thread;  /* native id of the thread that got it */
  guint64 fault_address; /* what it touched (SEGV, BUS), 0 unknown */
  char *fault_access;    /* "read", "write", "execute": what it wanted there; NULL: no fault of its own, or unknown */
  gint64 signal_sender;  /* process that sent the signal, 0 nobody or unknown */
  char **registers;      /* "rip 0x…": of signal_thread when the signal came */
  char **mappings;       /* lines of /proc/PID/maps, when it was ended by a signal */
  char *way;             /* how its end was seen: "held", "exit-event", "kernel"; NULL: it was not ending, or a core */
  char *killer;          /* of SIGKILL: "memory" ran out, "memory-limit" of its cgroup; NULL: nobody knows */
  GListStore *facts;     /* FlatlineEvidence: what the kernel tells of its end */
  gint64 exit_status;    /* of a program that ended by itself, else 0 */
  char *phase;           /* "startup", "reading" (its code, at a prompt), "shutdown"; NULL: it runs */
  FlatlineVerdict *verdict;
  GListStore *threads;        /* FlatlineThread */
  GListStore *relatives;      /* FlatlineThread: of other processes of the tree, as far as the verdict asks for them */
  GListStore *relative_tasks; /* FlatlineTask: of the loops of these threads */
  GListStore *tasks;          /* FlatlineTask */
  GListStore *locks;          /* FlatlineLock */
  GListStore *processes;      /* FlatlineProcess: the roots of the tree, children inside */
  GListStore *connections;    /* FlatlineConnection */
  GListStore *descriptors;    /* FlatlineDescriptor */
  GListStore *sources;        /* FlatlineSourceFile */
  GListStore *beats;          /* FlatlineBeat: the newest before the capture, oldest first */
  FlatlineExceptionInfo *exception;
  char *output_tail; /* the last the program printed, stdout and stderr as they came; NULL not recorded */
  char **limits;     /* budgets that were hit, a sentence each */
  char **notes;      /* what else the reader should know: "no ptrace: …", "interpreter not understood: …" */
};

/* A new snapshot with format, version, uid, host and the time filled in. Transfer full. */
FlatlineSnapshot *
flatline_snapshot_new (const char *reason);

/* Parses a document; refuses other formats and newer versions with one clear line. Transfer full. */
FlatlineSnapshot *
flatline_snapshot_from_json (JsonNode *node, GError **error);

/* Appends a sentence to limits or notes (no duplicates). */
void
flatline_snapshot_add_limit (FlatlineSnapshot *self, const char *sentence);
void
flatline_snapshot_add_note (FlatlineSnapshot *self, const char *sentence);

/* Native id to thread, for those who ask for many: keys and threads are borrowed from the list. Transfer container. */
GHashTable *
flatline_snapshot_index_threads (FlatlineSnapshot *self);

/* Whether it was made for an exception that Python has nobody to pass on to, a finalizer's: the program goes on. */
gboolean
flatline_snapshot_tells_of_ignored (FlatlineSnapshot *self);

/* The thread with this native id, or NULL; borrowed. */
FlatlineThread *
flatline_snapshot_find_thread (FlatlineSnapshot *self, gint64 native_id);

/*
 * What the chain of @verdict is about: who waits, what for, who has it; no thing twice. Transfer full, GPtrArray of
 * FlatlineReference.
 */
GPtrArray *
flatline_verdict_list_references (FlatlineVerdict *verdict);

/* The stored text of @file, or NULL; borrowed. */
FlatlineSourceFile *
flatline_snapshot_find_source (FlatlineSnapshot *self, const char *file);

/* 128 random bits as 32 hex digits, from getrandom(2). Transfer full. */
char *
flatline_new_uid (void);

/* What a person calls a program: its script, or its executable. NULL when neither is known. Transfer full. */
char *
flatline_program_dup_title (FlatlineProgram *self);

/* What stands for a text that may be secret, in sources, values and messages. */
#define FLATLINE_MASK "<masked>"

/* Whether @whole is @masked but for what was masked there, each within a line. Both nullable. */
gboolean
flatline_is_same_but_masked (const char *whole, const char *masked);

G_END_DECLS
