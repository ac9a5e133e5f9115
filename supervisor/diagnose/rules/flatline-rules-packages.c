/* SPDX-License-Identifier: MIT */
/*
 * Rules about waiting inside of installed packages. What a package waits with, a queue or a condition of its own, says
 * little to who called it; that its pool of connections has none left says a lot. Else at least the package is named
 * and the program's own call.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

#define MAX_NAMED_HOLDERS 10

/* "sqlalchemy" of "…/site-packages/sqlalchemy/pool/impl.py". Transfer full, NULL for code of no package. */
static char *
dup_package (FlatlineFrame *frame)
{
  const char *begin;
  gsize length;

  if (!flatline_frame_is_of_package (frame))
    return NULL;
  begin = strstr (frame->file, "-packages/") + strlen ("-packages/");
  length = strcspn (begin, "/");
  if (g_str_has_suffix (begin, ".py") && begin[length] == '\0')
    length -= strlen (".py");
  return length > 0 ? g_strndup (begin, length) : NULL;
}

static gboolean
is_of_contextlib (FlatlineFrame *frame)
{
  return frame->file && g_str_has_suffix (frame->file, "/contextlib.py");
}

/*
 * The outermost frame of a package that the program's own code at @place has called; NULL when it called none. A with
 * statement comes to a package's generator by way of contextlib.
 */
static FlatlineFrame *
find_entry_frame (FlatlineThread *thread, FlatlineFrame *place)
{
  FlatlineFrame *called = NULL;

  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

      if (frame == place)
        return called && flatline_frame_is_of_package (called) ? called : NULL;
      if (flatline_frame_is_python (frame) && !is_of_contextlib (frame))
        called = frame;
    }
  return NULL;
}

char *
flatline_thread_dup_package (FlatlineThread *thread, gboolean *is_program)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  FlatlineFrame *entry = place && flatline_frame_is_own (place) ? find_entry_frame (thread, place) : place;

  *is_program = entry == place;
  return entry ? dup_package (entry) : NULL;
}

/* --- pools --- */

static gboolean
speaks_of (const char *text, const char *word)
{
  g_autofree char *folded = text ? g_ascii_strdown (text, -1) : NULL;

  return folded && strstr (folded, word);
}

/* "sqlalchemy.pool.impl.QueuePool", as far as the capture knows it. */
static const char *
class_of (FlatlineFrame *frame)
{
  FlatlineValue *self = flatline_frame_find_local (frame, "self");

  return self && self->type ? self->type : frame->qualified_name;
}

/* Such a pool takes jobs, and waits for them; it has nothing to give. */
static gboolean
names_workers (const char *class_name)
{
  static const char *const words[] = { "worker", "thread", "process", "task", "executor" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (speaks_of (class_name, words[i]))
      return TRUE;
  return FALSE;
}

/* "QueuePool" of "sqlalchemy.pool.impl.QueuePool" and of "QueuePool._do_get". Transfer full, NULL when no class is. */
static char *
dup_pool_class (FlatlineFrame *frame)
{
  g_auto (GStrv) words = g_strsplit (class_of (frame) ? class_of (frame) : "", ".", -1);

  for (guint i = g_strv_length (words); i > 0; i--)
    if (speaks_of (words[i - 1], "pool") && g_ascii_isupper (words[i - 1][words[i - 1][0] == '_']))
      return g_strdup (words[i - 1]);
  return NULL;
}

/*
 * The method of a pool that does not return: the innermost that the program's own code has reached; of what only has to
 * do with pools ("PoolRequest") when there is no pool.
 */
static FlatlineFrame *
find_pool_frame (GListStore *frames, FlatlineFrame *place)
{
  FlatlineFrame *related = NULL;

  for (guint i = 0; i < flatline_list_length (frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (frames, i);
      g_autofree char *name = NULL;

      if (frame == place)
        break;
      if (!flatline_frame_is_of_package (frame))
        continue;
      name = dup_pool_class (frame);
      /* Its work waits for work; joining waits for its end. */
      if (!name || names_workers (name) || speaks_of (frame->function, "work") || speaks_of (frame->function, "join")
          || speaks_of (frame->function, "close") || speaks_of (frame->function, "shutdown"))
        continue;
      if (g_str_has_suffix (name, "Pool"))
        return frame;
      if (!related)
        related = frame;
    }
  return related;
}

/* Something to be given out is waited for, not a moment's lock: queue.get(), Condition.wait(), Semaphore.acquire(). */
static gboolean
waits_for_something_free (FlatlineThread *thread)
{
  FlatlineFrame *innermost = flatline_thread_find_innermost (thread);

  if (!innermost || !flatline_thread_in_syscall (thread, "futex"))
    return FALSE;
  return flatline_thread_find_call (thread, "queue.py", "get")
         || flatline_thread_find_call (thread, "threading.py", "wait");
}

static gboolean
is_connection (FlatlineValue *value, const char *prefix)
{
  return value->type && g_str_has_prefix (value->type, prefix) && g_str_has_suffix (value->type, "Connection");
}

/* "connection", "kept[0]" for a variable of @frame that has a connection. Transfer full, NULL when none has. */
static char *
dup_connection_name (FlatlineFrame *frame, const char *prefix)
{
  for (guint i = 0; i < flatline_list_length (frame->locals); i++)
    {
      FlatlineValue *value = flatline_list_peek (frame->locals, i);

      if (value->name && is_connection (value, prefix))
        return g_strdup (value->name);
      for (guint j = 0; value->name && j < flatline_list_length (value->children); j++)
        {
          FlatlineValue *child = flatline_list_peek (value->children, j);

          if (child->name && is_connection (child, prefix))
            return g_strconcat (value->name, child->name[0] == '[' ? "" : ".", child->name, NULL);
        }
    }
  return NULL;
}

static void
add_holder (FlatlineFinding *finding, FlatlineThread *thread, FlatlineFrame *frame, const char *name)
{
  g_autofree char *label = flatline_thread_dup_label (thread);
  g_autofree char *source = g_strdup_printf (_ ("stack of %s"), label);
  g_autofree char *location = flatline_frame_dup_location (frame);
  g_autofree char *short_location = flatline_frame_dup_short_location (frame);

  /* Translators: a variable, a thread, a place ("app.py:12 in work") */
  flatline_finding_add_evidence (finding, source, _ ("‘%s’ of %s has a connection, in %s"), name, label, location);
  flatline_finding_point (finding, flatline_reference_new_for_frame (frame, thread->pid));
  if (!finding->aside)
    /* Translators: a variable, a thread, a place ("app.py:12") */
    finding->aside = g_strdup_printf (_ ("‘%s’ of %s has one (%s)"), name, label, short_location);
}

/* Variables of the program's own frames that have such a connection: who has them all. */
static void
add_holders (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, const char *package)
{
  g_autofree char *prefix = g_strconcat (package, ".", NULL);
  FlatlineThread *thread;
  guint n_holders = 0;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      FlatlineFrame *frame;

      for (guint j = 0; thread->pid == finding->thread->pid && (frame = flatline_thread_peek_frame (thread, j)); j++)
        {
          g_autofree char *name = flatline_frame_is_own (frame) ? dup_connection_name (frame, prefix) : NULL;

          if (name && n_holders++ < MAX_NAMED_HOLDERS)
            add_holder (finding, thread, frame, name);
        }
    }
}

char *
flatline_diagnosis_dup_pool_deed (
    FlatlineDiagnosis *diagnosis, GListStore *frames, FlatlineFrame *place, FlatlineFrame **pool, char **resource)
{
  FlatlineFrame *frame = find_pool_frame (frames, place);
  g_autofree char *package = frame ? dup_package (frame) : NULL;
  g_autofree char *name = frame ? dup_pool_class (frame) : NULL;
  g_autofree char *expression = frame ? flatline_diagnosis_dup_expression (diagnosis, place) : NULL;

  if (!frame || !package)
    return NULL;
  *pool = frame;
  /* Translators: a class, a package */
  *resource = g_strdup_printf (_ ("the pool %s of %s"), name, package);
  if (speaks_of (frame->qualified_name, "conn") || speaks_of (frame->function, "conn") || speaks_of (package, "sql")
      || speaks_of (package, "pg"))
    /* Translators: a class, a package, a call */
    return g_strdup_printf (_ ("waits until the pool %s of %s has a connection free for ‘%s’: all of them are taken"),
                            name, package, expression ? expression : "?");
  /* Translators: a class, a package, a call */
  return g_strdup_printf (
      _ ("waits until the pool %s of %s has something free for ‘%s’: all that it may give is taken"), name, package,
      expression ? expression : "?");
}

gboolean
flatline_rule_pool (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  FlatlineFrame *entry = place && flatline_frame_is_own (place) ? find_entry_frame (thread, place) : NULL;
  FlatlineFrame *frame = NULL;
  g_autofree char *package = NULL;
  char *resource = NULL;
  char *deed = entry && waits_for_something_free (thread)
                   ? flatline_diagnosis_dup_pool_deed (diagnosis, thread->frames, place, &frame, &resource)
                   : NULL;

  if (!deed)
    return FALSE;
  package = dup_package (frame);
  flatline_finding_settle (finding, "semaphore-wait", FLATLINE_CONFIDENCE_LIKELY, deed);
  finding->resource = resource;
  finding->plainly = g_strdup_printf (_ ("waits for %s"), finding->resource);
  flatline_finding_add_frame_evidence (finding, frame);
  flatline_finding_add_kernel_evidence (finding);
  add_holders (diagnosis, finding, package);
  return TRUE;
}

/* --- whatever else a package does --- */

void
flatline_finding_note_package (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  static const char *const kinds[] = { "queue-wait", "condition-wait", "event-wait", "semaphore-wait",
                                       "lock-wait",  "sleep",          NULL };
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *place = flatline_thread_find_place (thread);
  FlatlineFrame *entry;
  g_autofree char *package = NULL;
  g_autofree char *expression = NULL;

  if (!finding->does || finding->aside || finding->place || finding->holder || !place || !flatline_frame_is_own (place)
      || (!g_strv_contains (kinds, finding->kind)
          && !(strcmp (finding->kind, "idle") == 0 && finding->confidence == FLATLINE_CONFIDENCE_GUESS)))
    return;
  entry = find_entry_frame (thread, place);
  package = entry ? dup_package (entry) : NULL;
  expression = package ? flatline_diagnosis_dup_expression (diagnosis, place) : NULL;
  if (!expression || strstr (finding->does, expression) || strstr (finding->does, package))
    return;
  /* Translators: a package, a piece of source text */
  finding->aside = g_strdup_printf (_ ("this is inside of %s, which ‘%s’ has called"), package, expression);
  finding->in_package = TRUE;
  flatline_finding_add_frame_evidence (finding, entry);
}
