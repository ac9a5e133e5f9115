/* SPDX-License-Identifier: MIT */
/* A process or a core file that is looked at; a pidfd tells when the process ends. */
#include "config.h"

#include "flatline-examination.h"

#include "flatline-process.h"
#include "flatline-snapshot.h"

#include <elf.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct _FlatlineExamination
{
  GObject parent_instance;
  FlatlineExaminer *examiner;
  FlatlineSnapshot *snapshot;
  GCancellable *looking; /* NULL: no look is under way */
  char *title;
  char *trouble;
  gint64 pid;
  gint64 start_ticks;
  int pidfd;
  guint end_source;
  gboolean alive;
};

enum
{
  PROP_TITLE = 1,
  PROP_EXAMINER,
  PROP_SNAPSHOT,
  PROP_BUSY,
  PROP_ALIVE,
  PROP_TROUBLE,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineExamination, flatline_examination, G_TYPE_OBJECT)

static void
notify (FlatlineExamination *self, guint property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
set_trouble (FlatlineExamination *self, const char *trouble)
{
  if (g_strcmp0 (self->trouble, trouble) == 0)
    return;
  g_free (self->trouble);
  self->trouble = g_strdup (trouble);
  notify (self, PROP_TROUBLE);
}

static void
on_captured (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineExamination) self = user_data;
  g_autoptr (GError) error = NULL;
  FlatlineSnapshot *snapshot = flatline_examiner_capture_finish (FLATLINE_EXAMINER (source), result, &error);
  FlatlineSnapshot *before = self->snapshot;

  g_clear_object (&self->looking);
  if (snapshot)
    {
      self->snapshot = snapshot;
      notify (self, PROP_SNAPSHOT);
      flatline_record_let_go (before);
    }
  set_trouble (self, error ? error->message : NULL);
  notify (self, PROP_BUSY);
}

void
flatline_examination_look (FlatlineExamination *self)
{
  g_return_if_fail (FLATLINE_IS_EXAMINATION (self));
  if (self->looking || !self->examiner)
    return;
  self->looking = g_cancellable_new ();
  flatline_examiner_capture_async (self->examiner, "attach", NULL, self->looking, on_captured, g_object_ref (self));
  notify (self, PROP_BUSY);
}

/* Gives up the look that is under way. */
static void
cancel (FlatlineExamination *self)
{
  g_return_if_fail (FLATLINE_IS_EXAMINATION (self));
  if (self->looking)
    g_cancellable_cancel (self->looking);
}

gboolean
flatline_examination_send_signal (FlatlineExamination *self, int signum, GError **error)
{
  g_return_val_if_fail (FLATLINE_IS_EXAMINATION (self), FALSE);
  return flatline_process_send_signal (self->pid, self->start_ticks, signum, error);
}

gint64
flatline_examination_get_pid (FlatlineExamination *self)
{
  return self->pid;
}

gboolean
flatline_examination_is_alive (FlatlineExamination *self)
{
  return self->alive;
}

static void
stop_watching (FlatlineExamination *self)
{
  g_clear_handle_id (&self->end_source, g_source_remove);
  if (self->pidfd >= 0)
    close (self->pidfd);
  self->pidfd = -1;
}

static gboolean
on_ended (int fd, GIOCondition condition, gpointer user_data)
{
  FlatlineExamination *self = user_data;

  self->end_source = 0;
  stop_watching (self);
  self->alive = FALSE;
  g_clear_object (&self->examiner);
  notify (self, PROP_EXAMINER);
  notify (self, PROP_ALIVE);
  return G_SOURCE_REMOVE;
}

/* The script where one is named, else the program; as a person calls it. */
static char *
dup_process_title (gint64 pid)
{
  g_autoptr (FlatlineProgram) program = flatline_process_read_program (pid);
  char *title = program ? flatline_program_dup_title (program) : NULL;

  return title ? title : g_strdup_printf (_ ("Process %" PRId64), pid);
}

FlatlineExamination *
flatline_examination_new_for_process (gint64 pid)
{
  FlatlineExamination *self = g_object_new (FLATLINE_TYPE_EXAMINATION, NULL);

  self->pid = pid;
  self->start_ticks = flatline_process_read_start_ticks (pid);
  self->pidfd = (int)syscall (SYS_pidfd_open, (pid_t)pid, 0);
  if (self->pidfd >= 0 && self->start_ticks)
    {
      self->alive = TRUE;
      self->end_source = g_unix_fd_add (self->pidfd, G_IO_IN, on_ended, self);
    }
  self->title = dup_process_title (pid);
  self->examiner = flatline_examiner_new (pid);
  flatline_examination_look (self);
  return self;
}

FlatlineExamination *
flatline_examination_new_for_core (const char *core_file)
{
  FlatlineExamination *self = g_object_new (FLATLINE_TYPE_EXAMINATION, NULL);

  self->title = g_filename_display_basename (core_file);
  self->examiner = flatline_examiner_new_for_core (core_file, NULL);
  flatline_examination_look (self);
  return self;
}

gboolean
flatline_examination_is_core_file (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  Elf64_Ehdr header = { 0 };
  gssize n = fd >= 0 ? read (fd, &header, sizeof header) : -1;

  if (fd >= 0)
    close (fd);
  /* The type stands at the same place in files of 32 bits. */
  return n >= (gssize)(EI_NIDENT + sizeof header.e_type) && memcmp (header.e_ident, ELFMAG, SELFMAG) == 0
         && header.e_type == ET_CORE;
}

static void
flatline_examination_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineExamination *self = FLATLINE_EXAMINATION (object);

  switch (id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_EXAMINER:
      g_value_set_object (value, self->examiner);
      break;
    case PROP_SNAPSHOT:
      g_value_set_object (value, self->snapshot);
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, self->looking != NULL);
      break;
    case PROP_ALIVE:
      g_value_set_boolean (value, self->alive);
      break;
    case PROP_TROUBLE:
      g_value_set_string (value, self->trouble);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
flatline_examination_dispose (GObject *object)
{
  FlatlineExamination *self = FLATLINE_EXAMINATION (object);

  cancel (self);
  stop_watching (self);
  g_clear_object (&self->examiner);
  g_clear_object (&self->snapshot);
  G_OBJECT_CLASS (flatline_examination_parent_class)->dispose (object);
}

static void
flatline_examination_finalize (GObject *object)
{
  FlatlineExamination *self = FLATLINE_EXAMINATION (object);

  g_clear_object (&self->looking);
  g_free (self->title);
  g_free (self->trouble);
  G_OBJECT_CLASS (flatline_examination_parent_class)->finalize (object);
}

static void
flatline_examination_class_init (FlatlineExaminationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = flatline_examination_get_property;
  object_class->dispose = flatline_examination_dispose;
  object_class->finalize = flatline_examination_finalize;
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_EXAMINER] = g_param_spec_object ("examiner", NULL, NULL, FLATLINE_TYPE_EXAMINER, flags);
  properties[PROP_SNAPSHOT] = g_param_spec_object ("snapshot", NULL, NULL, FLATLINE_TYPE_SNAPSHOT, flags);
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, flags);
  properties[PROP_ALIVE] = g_param_spec_boolean ("alive", NULL, NULL, FALSE, flags);
  properties[PROP_TROUBLE] = g_param_spec_string ("trouble", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
flatline_examination_init (FlatlineExamination *self)
{
  self->pidfd = -1;
}
