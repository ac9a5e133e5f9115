/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include "flatline-diagnose.h"

#include <string.h>

FlatlineSnapshot *
scene_new (void)
{
  FlatlineSnapshot *scene = flatline_snapshot_new ("freeze");

  scene->program = g_object_new (FLATLINE_TYPE_PROGRAM, "pid", (gint64)SCENE_PID, "executable", "/usr/bin/python3.11",
                                 "python", "3.11.2", NULL);
  scene->pause_us = 1000;
  return scene;
}

FlatlineThread *
scene_add_thread (FlatlineSnapshot *scene, gint64 native_id, const char *name)
{
  FlatlineThread *thread = g_object_new (FLATLINE_TYPE_THREAD, "pid", (gint64)SCENE_PID, "native-id", native_id, "name",
                                         name, "is-main", native_id == SCENE_PID, "is-python", TRUE, "state", "S",
                                         "cpu-percent", -1.0, "ident", (guint64)(native_id * 1000), NULL);

  flatline_list_append (&scene->threads, thread);
  return thread;
}

void
scene_set_syscall (FlatlineThread *thread, const char *call)
{
  g_auto (GStrv) words = g_strsplit (call ? call : "", " ", -1);
  g_auto (GStrv) arguments = g_new0 (char *, 7);
  const guint n_words = g_strv_length (words);

  for (guint i = 0; i < 6; i++)
    arguments[i] = g_strdup (i + 1 < n_words ? words[i + 1] : "0x0");
  g_object_set (thread, "syscall", call ? words[0] : NULL, "syscall-args", call ? arguments : NULL, NULL);
}

FlatlineFrame *
scene_add_frame (FlatlineThread *thread, const char *file, const char *function, gint64 line)
{
  FlatlineFrame *frame =
      g_object_new (FLATLINE_TYPE_FRAME, "kind", "python", "file", file, "function", function, "line", line, NULL);

  flatline_list_append (&thread->frames, frame);
  return frame;
}

FlatlineValue *
scene_add_local (FlatlineFrame *frame, const char *name, const char *type, const char *text, guint64 address)
{
  FlatlineValue *value = g_object_new (FLATLINE_TYPE_VALUE, "name", name, "type", type, "text", text, "kind", "local",
                                       "address", address, NULL);

  flatline_list_append (&frame->locals, value);
  return value;
}

void
scene_add_child (FlatlineValue *value, const char *name, const char *text, guint64 address)
{
  flatline_list_append (&value->children, g_object_new (FLATLINE_TYPE_VALUE, "name", name, "text", text, "kind",
                                                        "attribute", "address", address, NULL));
}

FlatlineLock *
scene_add_lock (FlatlineSnapshot *scene, const char *type, const char *name, gint64 owner, const char *waiters)
{
  g_auto (GStrv) ids = g_strsplit (waiters, " ", -1);
  FlatlineLock *lock =
      g_object_new (FLATLINE_TYPE_LOCK, "pid", (gint64)SCENE_PID, "type", type, "name", name, "locked", TRUE, "owner",
                    owner, "owner-source", owner ? "with block on the value stack" : NULL, "waiters", ids, "address",
                    (guint64)(0x7f0000 + 16 * flatline_list_length (scene->locks)), NULL);

  flatline_list_append (&scene->locks, lock);
  return lock;
}

void
scene_add_descriptor (FlatlineSnapshot *scene, gint64 fd, const char *kind, const char *target, gint64 peer_pid)
{
  flatline_list_append (&scene->descriptors, g_object_new (FLATLINE_TYPE_DESCRIPTOR, "pid", (gint64)SCENE_PID, "fd", fd,
                                                           "kind", kind, "target", target, "peer-pid", peer_pid, NULL));
}

void
scene_add_connection (FlatlineSnapshot *scene, gint64 fd, const char *protocol, const char *state, const char *remote)
{
  flatline_list_append (&scene->connections, g_object_new (FLATLINE_TYPE_CONNECTION, "pid", (gint64)SCENE_PID, "fd", fd,
                                                           "protocol", protocol, "state", state, "local-address",
                                                           "127.0.0.1:5000", "remote-address", remote, NULL));
}

void
scene_add_processes (FlatlineSnapshot *scene, gint64 child, const char *command_line)
{
  FlatlineProcess *root =
      g_object_new (FLATLINE_TYPE_PROCESS, "pid", (gint64)SCENE_PID, "name", "python3", "alive", TRUE, NULL);

  if (child)
    flatline_list_append (&root->children,
                          g_object_new (FLATLINE_TYPE_PROCESS, "pid", child, "ppid", (gint64)SCENE_PID, "command-line",
                                        command_line, "alive", TRUE, "state-text", "sleeping", NULL));
  flatline_list_append (&scene->processes, root);
}

static char **
split_call (const char *call, char **name)
{
  g_auto (GStrv) words = g_strsplit (call, " ", -1);
  const guint n_words = g_strv_length (words);
  char **arguments = g_new0 (char *, 7);

  *name = g_strdup (words[0]);
  for (guint i = 0; i < 6; i++)
    arguments[i] = g_strdup (i + 1 < n_words ? words[i + 1] : "0x0");
  return arguments;
}

FlatlineProcess *
scene_add_child_process (FlatlineSnapshot *scene, gint64 pid, const char *command_line, const char *call)
{
  FlatlineProcess *root = flatline_list_peek (scene->processes, 0);
  FlatlineProcess *child =
      g_object_new (FLATLINE_TYPE_PROCESS, "pid", pid, "ppid", (gint64)SCENE_PID, "command-line", command_line, "alive",
                    TRUE, "state", "S", "state-text", "sleeping", "threads", (gint64)1, NULL);

  if (!root)
    {
      scene_add_processes (scene, 0, NULL);
      root = flatline_list_peek (scene->processes, 0);
    }
  if (call)
    child->syscall_args = split_call (call, &child->syscall);
  flatline_list_append (&root->children, child);
  return child;
}

FlatlineThread *
scene_add_relative (FlatlineSnapshot *scene, gint64 pid, gint64 native_id, const char *name, const char *call)
{
  FlatlineThread *thread =
      g_object_new (FLATLINE_TYPE_THREAD, "pid", pid, "native-id", native_id, "name", name, "is-main", pid == native_id,
                    "is-python", TRUE, "state", "S", "cpu-percent", -1.0, NULL);

  scene_set_syscall (thread, call);
  flatline_list_append (&scene->relatives, thread);
  return thread;
}

void
scene_add_pipe_end (FlatlineSnapshot *scene, gint64 pid, gint64 fd, gboolean writes, gint64 peer_pid)
{
  flatline_list_append (&scene->connections,
                        g_object_new (FLATLINE_TYPE_CONNECTION, "pid", pid, "fd", fd, "inode", (gint64)77, "protocol",
                                      "pipe", "state", writes ? "WRITE" : "READ", "local-address", "pipe:[77]",
                                      "peer-pid", peer_pid, NULL));
}

void
scene_set_looks (FlatlineThread *thread, gint64 moves, double demand_percent)
{
  g_object_set (thread, "looks", (gint64)6, "moves", moves, "wakes", moves, "demand-percent", demand_percent,
                "cpu-percent", demand_percent, NULL);
}

void
scene_add_round (FlatlineThread *thread, const char *file, const char *function, gint64 line)
{
  flatline_list_append (&thread->round, g_object_new (FLATLINE_TYPE_FRAME, "kind", "python", "file", file, "function",
                                                      function, "line", line, NULL));
}

void
scene_add_source (FlatlineSnapshot *scene, const char *file, const char *text)
{
  flatline_list_append (&scene->sources, g_object_new (FLATLINE_TYPE_SOURCE_FILE, "file", file, "text", text, NULL));
}

void
scene_add_beat (FlatlineSnapshot *scene, const char *lane, double age_seconds)
{
  flatline_list_append (&scene->beats,
                        g_object_new (FLATLINE_TYPE_BEAT, "lane", lane, "time-us",
                                      scene->captured_us - (gint64)(age_seconds * G_USEC_PER_SEC), NULL));
}

FlatlineVerdict *
scene_expect (FlatlineSnapshot *scene, const char *kind, const char *confidence, const char *location)
{
  FlatlineVerdict *verdict = flatline_diagnose (scene);

  g_assert_nonnull (verdict);
  g_assert_true (verdict == scene->verdict);
  g_test_message ("%s (%s): %s", verdict->kind, verdict->confidence, verdict->summary);
  g_assert_nonnull (verdict->summary);
  if (kind)
    g_assert_cmpstr (verdict->kind, ==, kind);
  if (confidence)
    g_assert_cmpstr (verdict->confidence, ==, confidence);
  if (location)
    g_assert_cmpstr (verdict->location, ==, location);
  return verdict;
}

void
scene_expect_words (FlatlineSnapshot *scene, const char *words)
{
  if (!strstr (scene->verdict->summary, words))
    g_error ("“%s” is not in “%s”", words, scene->verdict->summary);
}
