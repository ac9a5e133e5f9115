/* SPDX-License-Identifier: MIT */
/*
 * The small records of the model: what a snapshot, the store and the panes are made of. See flatline-record.h for what
 * a record is, flatline-snapshot.h for the document that holds most of them.
 *
 * Times: "*_us" is microseconds; "captured", "started", "ended", "time" are UTC since the epoch; "*_ms"/"*_us" of
 * durations are monotonic. Strings are UTF-8 or at least made so when written. Any string may be NULL: unknown.
 */
#pragma once

#include "flatline-record.h"

G_BEGIN_DECLS

#define FLATLINE_DECLARE_RECORD(Name, name, NAME)                                                                      \
  G_DECLARE_FINAL_TYPE (Flatline##Name, flatline_##name, FLATLINE, NAME, FlatlineRecord)

/* A Python object as text, with what it holds, as deep as the budget allowed. */
#define FLATLINE_TYPE_VALUE (flatline_value_get_type ())
FLATLINE_DECLARE_RECORD (Value, value, VALUE)
struct _FlatlineValue
{
  FlatlineRecord parent_instance;
  char *name;           /* variable, attribute, "[3]" or "['key']"; NULL for a bare value */
  char *kind;           /* "local", "argument", "cell", "free", "global", "attribute", "item", "key", "exception" */
  char *type;           /* qualified name of the type: "int", "collections.deque", "app.Window" */
  char *text;           /* what repr() gives for built-in types, else "<app.Window object at 0x…>" */
  guint64 address;      /* of the object in the target */
  gint64 size;          /* number of items, characters or bytes of the whole; -1 where there is no size */
  gboolean truncated;   /* text or children are not the whole */
  gboolean expandable;  /* has children, perhaps not read yet */
  GListStore *children; /* FlatlineValue */
};

/* One call on a stack. */
#define FLATLINE_TYPE_FRAME (flatline_frame_get_type ())
FLATLINE_DECLARE_RECORD (Frame, frame, FRAME)
struct _FlatlineFrame
{
  FlatlineRecord parent_instance;
  char *kind;           /* "python" or "native" */
  char *function;       /* co_name, or the demangled native name */
  char *qualified_name; /* co_qualname (3.11+), else as function */
  char *file;           /* co_filename, or the native source file */
  char *module;         /* native: the ELF file's path */
  gint64 line;          /* 1-based; 0 unknown */
  gint64 end_line;
  gint64 column;       /* 1-based in characters as an editor counts; 0 unknown */
  gint64 end_column;   /* 1-based, one past the last */
  gint64 interpreter;  /* id of the sub-interpreter it runs in, 0 the main one */
  guint64 address;     /* of the frame object (Python) or the instruction (native) */
  gboolean incomplete; /* could not be read whole */
  gboolean collected;  /* a garbage collection called it: __del__, the callback of a weak reference */
  GListStore *locals;  /* FlatlineValue */
};

/* A thread of the program, with its stack, innermost frame first. */
#define FLATLINE_TYPE_THREAD (flatline_thread_get_type ())
FLATLINE_DECLARE_RECORD (Thread, thread, THREAD)
struct _FlatlineThread
{
  FlatlineRecord parent_instance;
  gint64 pid;
  gint64 native_id; /* Linux tid */
  guint64 ident;    /* threading.get_ident() */
  char *name;       /* threading.Thread.name, else the kernel's comm */
  gboolean is_main;
  gboolean is_daemon;
  gboolean is_python; /* has a Python thread state */
  gint64 interpreter; /* id of the one it runs in now, 0 the main one */
  guint64 gil;        /* which one it needs: interpreters may share it, or have their own; 0: none */
  gboolean holds_gil;
  gboolean waits_for_gil;
  gboolean keeps_world;   /* free-threaded: all threads are to stand still for a moment, and this one does not */
  gboolean collecting;    /* a garbage collection runs in its interpreter, in this thread */
  char *handling;         /* the exception it is handling: "OSError('no route')"; NULL: none */
  char *state;            /* kernel: "R", "S", "D", "T", "t", "Z", "I" */
  char *state_text;       /* "running", "sleeping", … for people */
  gint64 cpu_time_us;     /* since the thread began */
  double cpu_percent;     /* of one core over the looks that followed the capture, -1 unknown */
  double demand_percent;  /* the same with the time it was ready to run and had to wait for a core, -1 unknown */
  gint64 looks;           /* how often it was looked at again right after the capture; 0: not at all */
  gint64 moves;           /* how many of the looks found it elsewhere than the one before */
  gint64 wakes;           /* how often it was given a core over the looks, -1 unknown */
  gint64 gil_looks;       /* how many of the looks found it with the GIL, or keeping the world */
  char *syscall;          /* name of the system call it is in; NULL when running or unknown */
  char **syscall_args;    /* six, "0x…" */
  char *syscall_path;     /* the path that the system call was given: what open() opens; NULL for other calls */
  char *file_system;      /* what the path or descriptor of the system call lies on, when that is no local disk */
  char **polled;          /* descriptors that the system call waits on (poll, select, epoll): "5 read", "6 write";
                           * "-1 closed", "-1 nothing": of what epoll watches, none is open any more */
  gint64 timeout_ms;      /* after which the system call gives up by itself, at most; 0: never, or unknown */
  char *wait_channel;     /* /proc/PID/task/TID/wchan */
  char **awaited_signals; /* "SIGUSR1", …: what sigwait and its like are given */
  char **blocked_signals; /* the thread's signal mask */
  char **pending_signals; /* sent to the thread or its process, not yet delivered */
  gint64 tracer_pid;      /* the debugger that holds it; 0 none */
  char *waiting_for;      /* for people: "lock ‘a’ held by MainThread", "reading from 10.0.0.2:80" */
  gboolean forsaken;      /* who could end its wait waits itself, without end: what it waits for will never come */
  gboolean incomplete;
  gboolean cut;       /* the stack is deeper than frames: the outermost calls are not here */
  GListStore *frames; /* FlatlineFrame, innermost first; with native frames merged in when asked */
  GListStore *round;  /* FlatlineFrame: where the looks found it in the innermost call that they all share */
};

/* An asyncio task (or a future somebody awaits). */
#define FLATLINE_TYPE_TASK (flatline_task_get_type ())
FLATLINE_DECLARE_RECORD (Task, task, TASK)
struct _FlatlineTask
{
  FlatlineRecord parent_instance;
  guint64 address;
  char *name;             /* "Task-1" */
  char *coroutine;        /* qualified name of its coroutine */
  char *state;            /* "PENDING", "FINISHED", "CANCELLED", "RUNNING" */
  char *awaits;           /* for people: "Task-2", "Future at 0x…", "sleep 3.0" */
  guint64 awaits_address; /* of the task or future it awaits, 0 none */
  char **awaits_tasks; /* addresses of all tasks that it awaits, "0x…": of a gather or a TaskGroup there may be many */
  gint64 cancel_requests; /* calls of cancel() that it has not taken back; asyncio counts them from 3.11 on */
  gint64 thread;          /* native id of the thread whose loop runs it */
  GListStore *frames;     /* FlatlineFrame, innermost first */
};

/* A process of the supervised tree. */
#define FLATLINE_TYPE_PROCESS (flatline_process_get_type ())
FLATLINE_DECLARE_RECORD (Process, process, PROCESS)
struct _FlatlineProcess
{
  FlatlineRecord parent_instance;
  gint64 pid;
  gint64 ppid;
  char *name;         /* comm */
  char *command_line; /* arguments quoted for a shell */
  char *state;
  char *state_text;
  double cpu_percent; /* of one core since the last refresh */
  gint64 cpu_time_us;
  gint64 rss_bytes;
  gint64 threads;
  gint64 open_files;    /* -1 when not allowed to look */
  gint64 start_ticks;   /* field 22 of /proc/PID/stat: with pid it names a process for good */
  gint64 started_us;    /* UTC */
  char *python_version; /* "3.11.2" when it is a CPython, else NULL */
  char *syscall;        /* of its main thread when the tree was read for a snapshot; NULL running or unknown */
  char **syscall_args;  /* six, "0x…" */
  char *syscall_path;   /* see FlatlineThread */
  char *heart;          /* "beating", "silent", "flatlined", NULL without beats */
  char *exit_text;      /* "exited 0", "killed by SIGKILL" once it ended */
  gboolean alive;
  GListStore *children; /* FlatlineProcess */
};

/* An open socket of the tree. */
#define FLATLINE_TYPE_CONNECTION (flatline_connection_get_type ())
FLATLINE_DECLARE_RECORD (Connection, connection, CONNECTION)
struct _FlatlineConnection
{
  FlatlineRecord parent_instance;
  gint64 pid;
  char *process; /* comm of pid */
  gint64 fd;
  gint64 inode;
  char *protocol;      /* "tcp", "tcp6", "udp", "udp6", "unix", "pipe" */
  char *local_address; /* "127.0.0.1:8080", path of a Unix socket */
  char *remote_address;
  char *remote_name;    /* resolved, when it is */
  char *state;          /* "ESTABLISHED", "LISTEN", … */
  gint64 receive_queue; /* bytes */
  gint64 send_queue;
  gint64 bytes_received; /* tcp_info, -1 unknown */
  gint64 bytes_sent;
  gint64 retransmits;
  gint64 age_ms;           /* since first seen; -1 unknown */
  gint64 bytes_per_second; /* both ways, since the reading before; -1 unknown */
  gint64 silent_ms;        /* tcp: since data last came in (or the connection began); -1 unknown */
  gint64 peer_pid;         /* owner of the other end when it is on this machine, else 0 */
  char *peer_process;      /* what peer_pid is called: its comm, or the title that a server gives itself */
  gint64 peer_pending; /* connections that peer_pid has not accepted yet, this one among them; 0 when it has this one */
  gint64 peer_backlog; /* how many of them it lets wait; 0 unknown */
  char *change;        /* monitor mode: "new", "changed", "gone", or NULL */
};

/* One open file descriptor that a verdict may need. */
#define FLATLINE_TYPE_DESCRIPTOR (flatline_descriptor_get_type ())
FLATLINE_DECLARE_RECORD (Descriptor, descriptor, DESCRIPTOR)
struct _FlatlineDescriptor
{
  FlatlineRecord parent_instance;
  gint64 pid;
  gint64 fd;
  char *kind;      /* "file", "pipe", "socket", "tty", "eventfd", "epoll", "inotify", "pidfd", "other" */
  char *target;    /* what /proc/PID/fd/FD points to */
  gint64 peer_pid; /* pipe: a process holding the other end; pidfd: its process; the master's side of a terminal: who
                    * leads its session; 0 unknown or none */
};

/* A lock-like object found in the target, or a lock of a file that a process of the tree waits for. */
#define FLATLINE_TYPE_LOCK (flatline_lock_get_type ())
FLATLINE_DECLARE_RECORD (Lock, lock, LOCK)
struct _FlatlineLock
{
  FlatlineRecord parent_instance;
  gint64 pid;
  guint64 address;
  char *type; /* "_thread.lock", "_thread.RLock", "threading.Condition", "multiprocessing.Lock", …; "file lock" */
  char *name; /* the program's own name for it: "self.lock", "lock_a"; the file's path */
  gboolean locked;
  gint64 owner;       /* native id of the owning thread, 0 unknown; of a file lock the process */
  char *owner_source; /* how the owner is known: "owner field", "with block on the value stack" */
  char **waiters;     /* native ids */
  gboolean forsaken;  /* shared by processes: none that is left has it, though it is taken */
};

/* One heart beat. */
#define FLATLINE_TYPE_BEAT (flatline_beat_get_type ())
FLATLINE_DECLARE_RECORD (Beat, beat, BEAT)
struct _FlatlineBeat
{
  FlatlineRecord parent_instance;
  gint64 time_us; /* UTC, the beat's own time stamp */
  char *lane;     /* "process", "interpreter", "loop", "program" */
  char *reason;
  char *caller;
  gint64 pid;
};

/* What a fact or a step of a chain is about, so that a pane can show it. */
#define FLATLINE_TYPE_REFERENCE (flatline_reference_get_type ())
FLATLINE_DECLARE_RECORD (Reference, reference, REFERENCE)
struct _FlatlineReference
{
  FlatlineRecord parent_instance;
  char *kind;  /* "thread", "process", "lock", "task", "socket" or "pipe" (pid and fd), "source" (file, line) */
  char *label; /* for people: "lock ‘a’" */
  gint64 pid;
  gint64 thread; /* native id */
  gint64 fd;
  guint64 address; /* of a lock or task */
  char *file;
  gint64 line;
};

/* What Flatline has changed in a living program, at somebody's word. */
#define FLATLINE_TYPE_LIVE_CHANGE (flatline_live_change_get_type ())
FLATLINE_DECLARE_RECORD (LiveChange, live_change, LIVE_CHANGE)
struct _FlatlineLiveChange
{
  FlatlineRecord parent_instance;
  char *kind;   /* "trace", "break" or "patch" */
  char *name;   /* "shop:Cart.add" */
  char *detail; /* the condition; of a patch what is there now; may be empty */
};

/* One fact behind a verdict. */
#define FLATLINE_TYPE_EVIDENCE (flatline_evidence_get_type ())
FLATLINE_DECLARE_RECORD (Evidence, evidence, EVIDENCE)
struct _FlatlineEvidence
{
  FlatlineRecord parent_instance;
  char *fact;               /* a sentence */
  char *source;             /* "/proc/12/task/13/syscall", "owner field of the RLock at 0x…" */
  FlatlineReference *about; /* NULL: nothing that could be shown */
};

/* One step of who waits for whom. */
#define FLATLINE_TYPE_WAIT_LINK (flatline_wait_link_get_type ())
FLATLINE_DECLARE_RECORD (WaitLink, wait_link, WAIT_LINK)
struct _FlatlineWaitLink
{
  FlatlineRecord parent_instance;
  char *waiter;     /* "thread ‘worker’ (12)" */
  gint64 waiter_id; /* tid or pid */
  char *resource;   /* "lock ‘self.lock’" */
  char *holder;     /* "MainThread (11)" */
  gint64 holder_id;
  char *location;                 /* file:line in function where the waiter waits */
  FlatlineReference *waiter_at;   /* a thread, a process or a task */
  FlatlineReference *resource_at; /* a lock, a socket, a pipe, a process, a task; NULL: nothing that could be shown */
  FlatlineReference *holder_at;   /* a thread or a process; NULL: not known */
};

/* Why it froze. */
#define FLATLINE_TYPE_VERDICT (flatline_verdict_get_type ())
FLATLINE_DECLARE_RECORD (Verdict, verdict, VERDICT)
struct _FlatlineVerdict
{
  FlatlineRecord parent_instance;
  char *kind;    /* one of DESIGN.md's list */
  char *summary; /* one sentence */
  gint64 pid;
  gint64 thread; /* native id */
  char *thread_name;
  char *location; /* "file:line in function" */
  char *file;
  gint64 line;
  char *function;
  char *confidence;     /* "certain", "likely", "guess" */
  GListStore *evidence; /* FlatlineEvidence */
  GListStore *chain;    /* FlatlineWaitLink */
};

/* The text of a source file on a stack, as it was at the capture. */
#define FLATLINE_TYPE_SOURCE_FILE (flatline_source_file_get_type ())
FLATLINE_DECLARE_RECORD (SourceFile, source_file, SOURCE_FILE)
struct _FlatlineSourceFile
{
  FlatlineRecord parent_instance;
  char *file;
  char *text;
  char *sha256;
  gint64 modified_us;
  gboolean truncated;
};

/* An exception with its chain: cause or context in `cause`. */
#define FLATLINE_TYPE_EXCEPTION_INFO (flatline_exception_info_get_type ())
FLATLINE_DECLARE_RECORD (ExceptionInfo, exception_info, EXCEPTION_INFO)
struct _FlatlineExceptionInfo
{
  FlatlineRecord parent_instance;
  char *context; /* where it was caught: "uncaught", "thread", "asyncio", or the program's word */
  char *type_name;
  char *message;
  char *thread;
  char *traceback_text;
  char *similar;  /* a module that is nearly called as the one that is missing */
  char *found_in; /* an interpreter that has the module that is missing */
  char *shadow;   /* a file that was imported in the place of a module of Python's own */
  char **notes;
  gboolean is_cause; /* the exception after it was raised "from" it (else while it was handled) */
  FlatlineExceptionInfo *cause;
  FlatlineValue *value; /* the exception object, with its args and attributes */
  GListStore *frames;   /* FlatlineFrame, where it was raised first */
  GListStore *group;    /* FlatlineExceptionInfo of an exception group */
};

/* What was run. */
#define FLATLINE_TYPE_PROGRAM (flatline_program_get_type ())
FLATLINE_DECLARE_RECORD (Program, program, PROGRAM)
struct _FlatlineProgram
{
  FlatlineRecord parent_instance;
  gint64 pid;
  char **argv;
  char *cwd;
  char *executable;
  char *python;         /* "3.11.2", NULL when it is no CPython */
  char *platform;       /* of a file from elsewhere: implementation, system, compiler, for people */
  char **environment;   /* "NAME=value"; "NAME=<left out>" where only the name is told */
  char **distributions; /* what was installed for its Python: "requests 2.31.0" */
  gboolean greenlets;   /* has loaded them (gevent, eventlet): a stack is not all of a thread */
};

/* One time a program was supervised, as the store keeps it. */
#define FLATLINE_TYPE_RUN (flatline_run_get_type ())
FLATLINE_DECLARE_RECORD (Run, run, RUN)
struct _FlatlineRun
{
  FlatlineRecord parent_instance;
  gint64 id; /* of the store, 0 before it is kept */
  char *uid; /* 128 random bits in hex, made with the run */
  char *host;
  char *title; /* the script's base name */
  char **argv;
  char *cwd;
  char *python;
  gint64 pid;
  gint64 started_us;
  gint64 ended_us;    /* 0 while it runs, or when the supervisor died first */
  gint64 exit_status; /* -1 unknown or by signal */
  gint64 exit_signal; /* 0 none */
  char *end_reason;   /* "exited", "killed by the user", "supervisor died", … */
  char *heart;        /* of a run that goes on, on a server: "beating", or "flatlined" when its supervisor is gone */
};

/* One silence, as the store keeps it; the snapshot is loaded by its id. */
#define FLATLINE_TYPE_FREEZE (flatline_freeze_get_type ())
FLATLINE_DECLARE_RECORD (Freeze, freeze, FREEZE)
struct _FlatlineFreeze
{
  FlatlineRecord parent_instance;
  gint64 id; /* of the store, 0 before it is kept */
  gint64 run_id;
  char *uid; /* 128 random bits in hex */
  char *host;
  char *title; /* the script's base name */
  gint64 pid;
  char *kind;          /* "freeze", "crash", "exception", "manual" */
  char *cause;         /* which lane or rule decided: "program beats silent for 2.6 s" */
  gint64 time_us;      /* UTC of the decision */
  gint64 last_beat_us; /* UTC of the newest beat, 0 none */
  gint64 stale_ms;     /* age of the newest beat at the decision */
  gint64 ended_us;     /* UTC of the recovery, 0 none */
  char *last_reason;
  char *last_caller;
  char *verdict_kind;
  char *summary; /* the verdict's sentence */
  char *location;
  char *confidence;
  char *signature; /* same kind at the same place = same signature */
};

/* Freezes of the same signature, as the store counts them. */
#define FLATLINE_TYPE_FREEZE_GROUP (flatline_freeze_group_get_type ())
FLATLINE_DECLARE_RECORD (FreezeGroup, freeze_group, FREEZE_GROUP)
struct _FlatlineFreezeGroup
{
  FlatlineRecord parent_instance;
  char *signature;
  gint64 count;
  gint64 first_us; /* UTC */
  gint64 last_us;
  FlatlineFreeze *newest;
};

/* How often a program beat in a minute, once its beats are too old to be kept one by one. */
#define FLATLINE_TYPE_BEAT_RATE (flatline_beat_rate_get_type ())
FLATLINE_DECLARE_RECORD (BeatRate, beat_rate, BEAT_RATE)
struct _FlatlineBeatRate
{
  FlatlineRecord parent_instance;
  gint64 time_us; /* UTC, the minute's begin */
  char *lane;
  gint64 beats;
};

G_END_DECLS
