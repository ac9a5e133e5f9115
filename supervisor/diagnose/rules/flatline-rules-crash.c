/* SPDX-License-Identifier: MIT */
/* The rule of a program that a signal ended: a core file, or a process held at the moment of its death. */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

#define MAX_BELOW_STACK (256 * 1024) /* a function with large variables steps far */
#define MAX_ABOVE_STACK (64 * 1024)

static const char *
text_of (int number)
{
  switch (number)
    {
    case SIGSEGV:
      return _ ("it used memory that is not there");
    case SIGBUS:
      return _ ("it used memory that cannot be reached");
    case SIGABRT:
      return _ ("it gave up by itself, by abort()");
    case SIGFPE:
      return _ ("an arithmetic error");
    case SIGILL:
      return _ ("an illegal instruction");
    case SIGTRAP:
      return _ ("a trap");
    default:
      return g_strsignal (number);
    }
}

static char *
dup_signal_name (int number)
{
  const char *name = sigabbrev_np (number);

  return name ? g_strdup_printf ("SIG%s", name) : g_strdup_printf (_ ("signal %d"), number);
}

/* The value of a line like "rsp 0x7ffc…"; 0 when there is none. */
static guint64
find_register (FlatlineSnapshot *snapshot, const char *name)
{
  gsize length = strlen (name);

  for (char **line = snapshot->registers; line && *line; line++)
    if (strncmp (*line, name, length) == 0 && (*line)[length] == ' ')
      return g_ascii_strtoull (*line + length + 1, NULL, 16);
  return 0;
}

/* The line of the memory map that @address lies in, NULL none. */
static const char *
find_mapping (FlatlineSnapshot *snapshot, guint64 address)
{
  for (char **line = snapshot->mappings; line && *line; line++)
    {
      char *end = NULL;
      guint64 first = g_ascii_strtoull (*line, &end, 16);

      if (end && *end == '-' && address >= first && address < g_ascii_strtoull (end + 1, NULL, 16))
        return *line;
    }
  return NULL;
}

/*
 * Whether memory that the map does not show as such keeps a stack from growing: glibc 2.42 and later mark the guard
 * pages of threads within the mapping (MADV_GUARD_INSTALL, Linux 6.13). What may be read and written faults for nothing
 * else.
 */
static gboolean
is_guard (FlatlineSnapshot *snapshot, const char *mapping)
{
  return !mapping || strstr (mapping, " ---")
         || (strstr (mapping, " rw") && g_strcmp0 (snapshot->fault_access, "execute") != 0);
}

/* What was touched is where the stack grows to, and there is no more of it. */
static gboolean
is_stack_used_up (FlatlineSnapshot *snapshot)
{
  guint64 sp = find_register (snapshot, "rsp");
  guint64 address = snapshot->fault_address;
  const char *mapping = find_mapping (snapshot, address);

  if (sp == 0)
    sp = find_register (snapshot, "sp");
  if (snapshot->signal != SIGSEGV || sp == 0 || address == 0 || !is_guard (snapshot, mapping))
    return FALSE;
  return address + MAX_BELOW_STACK >= sp && address <= sp + MAX_ABOVE_STACK;
}

static gboolean
is_sent_by_itself (FlatlineSnapshot *snapshot)
{
  return snapshot->program && snapshot->signal_sender > 0 && snapshot->signal_sender == snapshot->program->pid;
}

/* It is no fault of what the program did at that moment. */
static gboolean
is_sent_by_another (FlatlineSnapshot *snapshot)
{
  return snapshot->signal_sender > 0 && !is_sent_by_itself (snapshot);
}

/* A file that was mapped into memory has no page there: "/srv/index.db" of the map's line; NULL no file. */
static const char *
find_file_cut_short (FlatlineSnapshot *snapshot)
{
  const char *mapping =
      snapshot->signal == SIGBUS && snapshot->fault_address ? find_mapping (snapshot, snapshot->fault_address) : NULL;

  return mapping ? strchr (mapping, '/') : NULL;
}

static char *
dup_deed (FlatlineSnapshot *snapshot)
{
  const char *file;

  if (is_stack_used_up (snapshot))
    return g_strdup (_ ("its stack is used up"));
  if (is_sent_by_itself (snapshot))
    return g_strdup (_ ("it sent the signal to itself"));
  /* Somebody else sent it: what it is called, not what the program would have done to get it. */
  if (is_sent_by_another (snapshot))
    return g_strdup (g_strsignal ((int)snapshot->signal));
  file = find_file_cut_short (snapshot);
  if (file)
    return g_strdup_printf (
        _ ("it used a part of the mapped file %s that is not there: the file became shorter, or could "
           "not be read"),
        file);
  return g_strdup (text_of ((int)snapshot->signal));
}

/* GLib ends what fails by a trap where others abort(), Rust by an illegal instruction. */
static gboolean
gives_up (FlatlineSnapshot *snapshot)
{
  return !is_sent_by_another (snapshot)
         && (snapshot->signal == SIGABRT || snapshot->signal == SIGTRAP || snapshot->signal == SIGILL);
}

static void
add_fault_evidence (FlatlineSnapshot *snapshot, FlatlineFinding *finding)
{
  static const char *const accesses[][2] = {
    { "read", N_ ("It tried to read memory at %s") },
    { "write", N_ ("It tried to write to memory at %s") },
    { "execute", N_ ("It tried to run code at %s") },
  };
  g_autofree char *address = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", snapshot->fault_address);
  const char *mapping = find_mapping (snapshot, snapshot->fault_address);

  for (gsize i = 0; i < G_N_ELEMENTS (accesses); i++)
    if (g_strcmp0 (snapshot->fault_access, accesses[i][0]) == 0)
      flatline_finding_add_evidence (finding, _ ("the registers"), _ (accesses[i][1]), address);
  if (mapping)
    flatline_finding_add_evidence (finding, _ ("the memory map"), "%s", mapping);
  else if (snapshot->fault_access && snapshot->mappings)
    flatline_finding_add_evidence (finding, _ ("the memory map"), _ ("There is no memory at this address"));
}

static void
add_sender_evidence (FlatlineSnapshot *snapshot, FlatlineFinding *finding)
{
  if (is_sent_by_another (snapshot))
    flatline_finding_add_evidence (finding, _ ("the kernel"), /* Translators: a process */
                                   _ ("Process %" PRId64 " sent the signal"), snapshot->signal_sender);
}

/* A function that has no name is told by its library. */
static char *
dup_function_name (FlatlineFrame *frame)
{
  if (frame->module && (!frame->function || g_str_has_prefix (frame->function, "0x")))
    return g_path_get_basename (frame->module);
  return g_strdup (frame->function ? frame->function : "?");
}

gboolean
flatline_rule_crash (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineSnapshot *snapshot = diagnosis->snapshot;
  int number = (int)snapshot->signal;
  FlatlineCrashPlace place = { NULL, NULL };
  char *does;
  g_autofree char *function = NULL;
  g_autofree char *reason = NULL;
  g_autofree char *name = NULL;
  g_autofree char *words = NULL;
  g_autofree char *deed = NULL;

  if (number == 0 || thread->native_id != snapshot->signal_thread)
    return FALSE;
  if (!is_sent_by_another (snapshot))
    place = flatline_thread_find_crash_place (thread);
  function = place.native ? dup_function_name (place.native) : NULL;
  name = dup_signal_name (number);
  deed = dup_deed (snapshot);
  if (snapshot->fault_address || snapshot->fault_access)
    {
      g_autofree char *address = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", snapshot->fault_address);

      /* Translators: "it used memory that is not there", a signal, an address */
      reason = g_strdup_printf (_ ("%s (%s at %s)"), deed, name, address);
    }
  else
    {
      words = gives_up (snapshot) ? flatline_output_dup_abort_words (snapshot->output_tail) : NULL;
      reason = words ? /* Translators: "it gave up by itself, by abort()", a signal; what the program has printed */
                   g_strdup_printf (_ ("%s (%s), and said “%s”"), deed, name, words)
                     : g_strdup_printf ("%s (%s)", deed, name);
    }
  /* Translators: after the colon the reason: "it used memory that is not there (SIGSEGV at 0x0)" */
  if (g_strcmp0 (snapshot->phase, "shutdown") == 0)
    does = function ? g_strdup_printf (_ ("had finished the program and crashed while Python shut down, in %s: %s"),
                                       function, reason)
                    : g_strdup_printf (_ ("had finished the program and crashed while Python shut down: %s"), reason);
  else
    does = function ? g_strdup_printf (_ ("crashed in native code, in %s: %s"), function, reason)
                    : g_strdup_printf (_ ("crashed: %s"), reason);
  flatline_finding_settle (finding, "crash", FLATLINE_CONFIDENCE_CERTAIN, does);
  flatline_finding_add_evidence (finding, _ ("the kernel"), _ ("%s ended the program"), name);
  add_sender_evidence (snapshot, finding);
  add_fault_evidence (snapshot, finding);
  if (words)
    flatline_finding_add_evidence (finding, _ ("its output"), _ ("It printed: %s"), words);
  if (place.called)
    flatline_finding_add_frame_evidence (finding, place.called);
  if (!flatline_thread_find_innermost (thread))
    finding->place = place.native;
  else if (place.native)
    flatline_finding_add_frame_evidence (finding, place.native);
  flatline_finding_add_frame_evidence (finding, finding->place ? finding->place : flatline_thread_find_place (thread));
  return TRUE;
}
