/* SPDX-License-Identifier: MIT */
/* The model's records: one table of fields a class, in the order of the structs in flatline-records.h. */
#include "flatline-records.h"

#include "flatline-record-fields.h"

#define FLATLINE_DEFINE_RECORD(Name, name)                                                                             \
  G_DEFINE_FINAL_TYPE (Flatline##Name, flatline_##name, FLATLINE_TYPE_RECORD)                                          \
  static void flatline_##name##_class_init (Flatline##Name##Class *klass)                                              \
  {                                                                                                                    \
    flatline_record_class_install_fields (FLATLINE_RECORD_CLASS (klass), name##_fields, G_N_ELEMENTS (name##_fields)); \
  }                                                                                                                    \
  static void flatline_##name##_init (Flatline##Name *self) {}

/* clang-format off */
static const FlatlineField value_fields[] = {
  STRING (FlatlineValue, "name", name),
  STRING (FlatlineValue, "kind", kind),
  STRING (FlatlineValue, "type", type),
  STRING (FlatlineValue, "text", text),
  ADDRESS (FlatlineValue, "address", address),
  INTEGER (FlatlineValue, "size", size),
  SPARSE_BOOLEAN (FlatlineValue, "truncated", truncated),
  SPARSE_BOOLEAN (FlatlineValue, "expandable", expandable),
  LIST (FlatlineValue, "children", children, flatline_value_get_type),
};
FLATLINE_DEFINE_RECORD (Value, value)

static const FlatlineField frame_fields[] = {
  STRING (FlatlineFrame, "kind", kind),
  STRING (FlatlineFrame, "function", function),
  STRING (FlatlineFrame, "qualified-name", qualified_name),
  STRING (FlatlineFrame, "file", file),
  STRING (FlatlineFrame, "module", module),
  INTEGER (FlatlineFrame, "line", line),
  INTEGER (FlatlineFrame, "end-line", end_line),
  INTEGER (FlatlineFrame, "column", column),
  INTEGER (FlatlineFrame, "end-column", end_column),
  INTEGER (FlatlineFrame, "interpreter", interpreter),
  ADDRESS (FlatlineFrame, "address", address),
  SPARSE_BOOLEAN (FlatlineFrame, "incomplete", incomplete),
  SPARSE_BOOLEAN (FlatlineFrame, "collected", collected),
  LIST (FlatlineFrame, "locals", locals, flatline_value_get_type),
};
FLATLINE_DEFINE_RECORD (Frame, frame)

static const FlatlineField thread_fields[] = {
  INTEGER (FlatlineThread, "pid", pid),
  INTEGER (FlatlineThread, "native-id", native_id),
  ADDRESS (FlatlineThread, "ident", ident),
  STRING (FlatlineThread, "name", name),
  BOOLEAN (FlatlineThread, "is-main", is_main),
  BOOLEAN (FlatlineThread, "is-daemon", is_daemon),
  BOOLEAN (FlatlineThread, "is-python", is_python),
  INTEGER (FlatlineThread, "interpreter", interpreter),
  ADDRESS (FlatlineThread, "gil", gil),
  BOOLEAN (FlatlineThread, "holds-gil", holds_gil),
  BOOLEAN (FlatlineThread, "waits-for-gil", waits_for_gil),
  BOOLEAN (FlatlineThread, "keeps-world", keeps_world),
  BOOLEAN (FlatlineThread, "collecting", collecting),
  STRING (FlatlineThread, "handling", handling),
  STRING (FlatlineThread, "state", state),
  STRING (FlatlineThread, "state-text", state_text),
  INTEGER (FlatlineThread, "cpu-time-us", cpu_time_us),
  DOUBLE (FlatlineThread, "cpu-percent", cpu_percent),
  DOUBLE (FlatlineThread, "demand-percent", demand_percent),
  INTEGER (FlatlineThread, "looks", looks),
  INTEGER (FlatlineThread, "moves", moves),
  INTEGER (FlatlineThread, "wakes", wakes),
  INTEGER (FlatlineThread, "gil-looks", gil_looks),
  STRING (FlatlineThread, "syscall", syscall),
  STRV (FlatlineThread, "syscall-args", syscall_args),
  STRING (FlatlineThread, "syscall-path", syscall_path),
  STRING (FlatlineThread, "file-system", file_system),
  STRV (FlatlineThread, "polled", polled),
  SPARSE_INTEGER (FlatlineThread, "timeout-ms", timeout_ms),
  STRING (FlatlineThread, "wait-channel", wait_channel),
  STRV (FlatlineThread, "awaited-signals", awaited_signals),
  STRV (FlatlineThread, "blocked-signals", blocked_signals),
  STRV (FlatlineThread, "pending-signals", pending_signals),
  SPARSE_INTEGER (FlatlineThread, "tracer-pid", tracer_pid),
  STRING (FlatlineThread, "waiting-for", waiting_for),
  BOOLEAN (FlatlineThread, "forsaken", forsaken),
  BOOLEAN (FlatlineThread, "incomplete", incomplete),
  SPARSE_BOOLEAN (FlatlineThread, "cut", cut),
  LIST (FlatlineThread, "frames", frames, flatline_frame_get_type),
  LIST (FlatlineThread, "round", round, flatline_frame_get_type),
};
FLATLINE_DEFINE_RECORD (Thread, thread)

static const FlatlineField task_fields[] = {
  ADDRESS (FlatlineTask, "address", address),
  STRING (FlatlineTask, "name", name),
  STRING (FlatlineTask, "coroutine", coroutine),
  STRING (FlatlineTask, "state", state),
  STRING (FlatlineTask, "awaits", awaits),
  ADDRESS (FlatlineTask, "awaits-address", awaits_address),
  STRV (FlatlineTask, "awaits-tasks", awaits_tasks),
  SPARSE_INTEGER (FlatlineTask, "cancel-requests", cancel_requests),
  INTEGER (FlatlineTask, "thread", thread),
  LIST (FlatlineTask, "frames", frames, flatline_frame_get_type),
};
FLATLINE_DEFINE_RECORD (Task, task)

static const FlatlineField process_fields[] = {
  INTEGER (FlatlineProcess, "pid", pid),
  INTEGER (FlatlineProcess, "ppid", ppid),
  STRING (FlatlineProcess, "name", name),
  STRING (FlatlineProcess, "command-line", command_line),
  STRING (FlatlineProcess, "state", state),
  STRING (FlatlineProcess, "state-text", state_text),
  DOUBLE (FlatlineProcess, "cpu-percent", cpu_percent),
  INTEGER (FlatlineProcess, "cpu-time-us", cpu_time_us),
  INTEGER (FlatlineProcess, "rss-bytes", rss_bytes),
  INTEGER (FlatlineProcess, "threads", threads),
  INTEGER (FlatlineProcess, "open-files", open_files),
  INTEGER (FlatlineProcess, "start-ticks", start_ticks),
  INTEGER (FlatlineProcess, "started-us", started_us),
  STRING (FlatlineProcess, "python-version", python_version),
  STRING (FlatlineProcess, "syscall", syscall),
  STRV (FlatlineProcess, "syscall-args", syscall_args),
  STRING (FlatlineProcess, "syscall-path", syscall_path),
  STRING (FlatlineProcess, "heart", heart),
  STRING (FlatlineProcess, "exit-text", exit_text),
  BOOLEAN (FlatlineProcess, "alive", alive),
  LIST (FlatlineProcess, "children", children, flatline_process_get_type),
};
FLATLINE_DEFINE_RECORD (Process, process)

static const FlatlineField connection_fields[] = {
  INTEGER (FlatlineConnection, "pid", pid),
  STRING (FlatlineConnection, "process", process),
  INTEGER (FlatlineConnection, "fd", fd),
  INTEGER (FlatlineConnection, "inode", inode),
  STRING (FlatlineConnection, "protocol", protocol),
  STRING (FlatlineConnection, "local-address", local_address),
  STRING (FlatlineConnection, "remote-address", remote_address),
  STRING (FlatlineConnection, "remote-name", remote_name),
  STRING (FlatlineConnection, "state", state),
  INTEGER (FlatlineConnection, "receive-queue", receive_queue),
  INTEGER (FlatlineConnection, "send-queue", send_queue),
  INTEGER (FlatlineConnection, "bytes-received", bytes_received),
  INTEGER (FlatlineConnection, "bytes-sent", bytes_sent),
  INTEGER (FlatlineConnection, "retransmits", retransmits),
  INTEGER (FlatlineConnection, "age-ms", age_ms),
  INTEGER (FlatlineConnection, "bytes-per-second", bytes_per_second),
  INTEGER (FlatlineConnection, "silent-ms", silent_ms),
  INTEGER (FlatlineConnection, "peer-pid", peer_pid),
  STRING (FlatlineConnection, "peer-process", peer_process),
  INTEGER (FlatlineConnection, "peer-pending", peer_pending),
  INTEGER (FlatlineConnection, "peer-backlog", peer_backlog),
  STRING (FlatlineConnection, "change", change),
};
FLATLINE_DEFINE_RECORD (Connection, connection)

static const FlatlineField descriptor_fields[] = {
  INTEGER (FlatlineDescriptor, "pid", pid),
  INTEGER (FlatlineDescriptor, "fd", fd),
  STRING (FlatlineDescriptor, "kind", kind),
  STRING (FlatlineDescriptor, "target", target),
  INTEGER (FlatlineDescriptor, "peer-pid", peer_pid),
};
FLATLINE_DEFINE_RECORD (Descriptor, descriptor)

static const FlatlineField lock_fields[] = {
  INTEGER (FlatlineLock, "pid", pid),
  ADDRESS (FlatlineLock, "address", address),
  STRING (FlatlineLock, "type", type),
  STRING (FlatlineLock, "name", name),
  BOOLEAN (FlatlineLock, "locked", locked),
  INTEGER (FlatlineLock, "owner", owner),
  STRING (FlatlineLock, "owner-source", owner_source),
  STRV (FlatlineLock, "waiters", waiters),
  BOOLEAN (FlatlineLock, "forsaken", forsaken),
};
FLATLINE_DEFINE_RECORD (Lock, lock)

static const FlatlineField beat_fields[] = {
  INTEGER (FlatlineBeat, "time-us", time_us),
  STRING (FlatlineBeat, "lane", lane),
  STRING (FlatlineBeat, "reason", reason),
  STRING (FlatlineBeat, "caller", caller),
  INTEGER (FlatlineBeat, "pid", pid),
};
FLATLINE_DEFINE_RECORD (Beat, beat)

static const FlatlineField live_change_fields[] = {
  STRING (FlatlineLiveChange, "kind", kind),
  STRING (FlatlineLiveChange, "name", name),
  STRING (FlatlineLiveChange, "detail", detail),
};
FLATLINE_DEFINE_RECORD (LiveChange, live_change)

static const FlatlineField reference_fields[] = {
  STRING (FlatlineReference, "kind", kind),
  STRING (FlatlineReference, "label", label),
  SPARSE_INTEGER (FlatlineReference, "pid", pid),
  SPARSE_INTEGER (FlatlineReference, "thread", thread),
  SPARSE_INTEGER (FlatlineReference, "fd", fd),
  ADDRESS (FlatlineReference, "address", address),
  STRING (FlatlineReference, "file", file),
  SPARSE_INTEGER (FlatlineReference, "line", line),
};
FLATLINE_DEFINE_RECORD (Reference, reference)

static const FlatlineField evidence_fields[] = {
  STRING (FlatlineEvidence, "fact", fact),
  STRING (FlatlineEvidence, "source", source),
  RECORD (FlatlineEvidence, "about", about, flatline_reference_get_type),
};
FLATLINE_DEFINE_RECORD (Evidence, evidence)

static const FlatlineField wait_link_fields[] = {
  STRING (FlatlineWaitLink, "waiter", waiter),
  INTEGER (FlatlineWaitLink, "waiter-id", waiter_id),
  STRING (FlatlineWaitLink, "resource", resource),
  STRING (FlatlineWaitLink, "holder", holder),
  INTEGER (FlatlineWaitLink, "holder-id", holder_id),
  STRING (FlatlineWaitLink, "location", location),
  RECORD (FlatlineWaitLink, "waiter-at", waiter_at, flatline_reference_get_type),
  RECORD (FlatlineWaitLink, "resource-at", resource_at, flatline_reference_get_type),
  RECORD (FlatlineWaitLink, "holder-at", holder_at, flatline_reference_get_type),
};
FLATLINE_DEFINE_RECORD (WaitLink, wait_link)

static const FlatlineField verdict_fields[] = {
  STRING (FlatlineVerdict, "kind", kind),
  STRING (FlatlineVerdict, "summary", summary),
  INTEGER (FlatlineVerdict, "pid", pid),
  INTEGER (FlatlineVerdict, "thread", thread),
  STRING (FlatlineVerdict, "thread-name", thread_name),
  STRING (FlatlineVerdict, "location", location),
  STRING (FlatlineVerdict, "file", file),
  INTEGER (FlatlineVerdict, "line", line),
  STRING (FlatlineVerdict, "function", function),
  STRING (FlatlineVerdict, "confidence", confidence),
  LIST (FlatlineVerdict, "evidence", evidence, flatline_evidence_get_type),
  LIST (FlatlineVerdict, "chain", chain, flatline_wait_link_get_type),
};
FLATLINE_DEFINE_RECORD (Verdict, verdict)

static const FlatlineField source_file_fields[] = {
  STRING (FlatlineSourceFile, "file", file),
  STRING (FlatlineSourceFile, "text", text),
  STRING (FlatlineSourceFile, "sha256", sha256),
  INTEGER (FlatlineSourceFile, "modified-us", modified_us),
  SPARSE_BOOLEAN (FlatlineSourceFile, "truncated", truncated),
};
FLATLINE_DEFINE_RECORD (SourceFile, source_file)

static const FlatlineField exception_info_fields[] = {
  STRING (FlatlineExceptionInfo, "context", context),
  STRING (FlatlineExceptionInfo, "type-name", type_name),
  STRING (FlatlineExceptionInfo, "message", message),
  STRING (FlatlineExceptionInfo, "thread", thread),
  STRING (FlatlineExceptionInfo, "traceback-text", traceback_text),
  STRING (FlatlineExceptionInfo, "similar", similar),
  STRING (FlatlineExceptionInfo, "found-in", found_in),
  STRING (FlatlineExceptionInfo, "shadow", shadow),
  STRV (FlatlineExceptionInfo, "notes", notes),
  BOOLEAN (FlatlineExceptionInfo, "is-cause", is_cause),
  RECORD (FlatlineExceptionInfo, "cause", cause, flatline_exception_info_get_type),
  RECORD (FlatlineExceptionInfo, "value", value, flatline_value_get_type),
  LIST (FlatlineExceptionInfo, "frames", frames, flatline_frame_get_type),
  LIST (FlatlineExceptionInfo, "group", group, flatline_exception_info_get_type),
};
FLATLINE_DEFINE_RECORD (ExceptionInfo, exception_info)

static const FlatlineField program_fields[] = {
  INTEGER (FlatlineProgram, "pid", pid),
  STRV (FlatlineProgram, "argv", argv),
  STRING (FlatlineProgram, "cwd", cwd),
  STRING (FlatlineProgram, "executable", executable),
  STRING (FlatlineProgram, "python", python),
  STRING (FlatlineProgram, "platform", platform),
  STRV (FlatlineProgram, "environment", environment),
  STRV (FlatlineProgram, "distributions", distributions),
  SPARSE_BOOLEAN (FlatlineProgram, "greenlets", greenlets),
};
FLATLINE_DEFINE_RECORD (Program, program)

static const FlatlineField run_fields[] = {
  INTEGER (FlatlineRun, "id", id),
  STRING (FlatlineRun, "uid", uid),
  STRING (FlatlineRun, "host", host),
  STRING (FlatlineRun, "title", title),
  STRV (FlatlineRun, "argv", argv),
  STRING (FlatlineRun, "cwd", cwd),
  STRING (FlatlineRun, "python", python),
  INTEGER (FlatlineRun, "pid", pid),
  INTEGER (FlatlineRun, "started-us", started_us),
  INTEGER (FlatlineRun, "ended-us", ended_us),
  INTEGER (FlatlineRun, "exit-status", exit_status),
  INTEGER (FlatlineRun, "exit-signal", exit_signal),
  STRING (FlatlineRun, "end-reason", end_reason),
  STRING (FlatlineRun, "heart", heart),
};
FLATLINE_DEFINE_RECORD (Run, run)

static const FlatlineField freeze_fields[] = {
  INTEGER (FlatlineFreeze, "id", id),
  INTEGER (FlatlineFreeze, "run-id", run_id),
  STRING (FlatlineFreeze, "uid", uid),
  STRING (FlatlineFreeze, "host", host),
  STRING (FlatlineFreeze, "title", title),
  INTEGER (FlatlineFreeze, "pid", pid),
  STRING (FlatlineFreeze, "kind", kind),
  STRING (FlatlineFreeze, "cause", cause),
  INTEGER (FlatlineFreeze, "time-us", time_us),
  INTEGER (FlatlineFreeze, "last-beat-us", last_beat_us),
  INTEGER (FlatlineFreeze, "stale-ms", stale_ms),
  INTEGER (FlatlineFreeze, "ended-us", ended_us),
  STRING (FlatlineFreeze, "last-reason", last_reason),
  STRING (FlatlineFreeze, "last-caller", last_caller),
  STRING (FlatlineFreeze, "verdict-kind", verdict_kind),
  STRING (FlatlineFreeze, "summary", summary),
  STRING (FlatlineFreeze, "location", location),
  STRING (FlatlineFreeze, "confidence", confidence),
  STRING (FlatlineFreeze, "signature", signature),
};
FLATLINE_DEFINE_RECORD (Freeze, freeze)

static const FlatlineField freeze_group_fields[] = {
  STRING (FlatlineFreezeGroup, "signature", signature),
  INTEGER (FlatlineFreezeGroup, "count", count),
  INTEGER (FlatlineFreezeGroup, "first-us", first_us),
  INTEGER (FlatlineFreezeGroup, "last-us", last_us),
  RECORD (FlatlineFreezeGroup, "newest", newest, flatline_freeze_get_type),
};
FLATLINE_DEFINE_RECORD (FreezeGroup, freeze_group)

static const FlatlineField beat_rate_fields[] = {
  INTEGER (FlatlineBeatRate, "time-us", time_us),
  STRING (FlatlineBeatRate, "lane", lane),
  INTEGER (FlatlineBeatRate, "beats", beats),
};
FLATLINE_DEFINE_RECORD (BeatRate, beat_rate)
/* clang-format on */
