/* SPDX-License-Identifier: MIT */
/*
 * FlatlineShellPane: a command, or a shell, beside the program: in its working folder, with FLATLINE_PID set to it. The
 * command runs on a terminal of its own, so anything interactive (top, gdb, strace) works; nothing waits for it.
 */
#include "config.h"

#include "flatline-shell-pane.h"

#include "flatline-debug-servers.h"
#include "flatline-mounts.h"
#include "flatline-paths.h"

#include <glib/gi18n.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "flatline-terminal.h"

struct _FlatlineShellPane
{
  GtkWidget parent_instance;
  FlatlineSession *session;
  FlatlineTerminal *terminal;
  GtkWidget *box;
  GtkWidget *entry;
  GtkWidget *run_button;
  GtkWidget *shell_button;
  GtkWidget *stop_button;
  GPid pid; /* of the command's shell, 0 none */
};

enum
{
  PROP_0,
  PROP_SESSION,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineShellPane, flatline_shell_pane, GTK_TYPE_WIDGET)

static void
feed_line (FlatlineShellPane *self, const char *style, const char *line)
{
  g_autofree char *text = g_strdup_printf ("\033[%sm%s\033[0m\n", style, line);

  flatline_terminal_feed_text (self->terminal, text, strlen (text));
}

static void
set_busy (FlatlineShellPane *self, gboolean busy)
{
  /* First: who loses the focus by becoming insensitive is not told of it, and an entry goes on blinking. */
  if (busy)
    gtk_widget_grab_focus (GTK_WIDGET (self->terminal));
  gtk_widget_set_sensitive (self->run_button, !busy);
  gtk_widget_set_sensitive (self->shell_button, !busy);
  gtk_widget_set_sensitive (self->entry, !busy);
  gtk_widget_set_sensitive (self->stop_button, busy);
}

static char *
dup_working_folder (FlatlineShellPane *self)
{
  gint64 pid = self->session ? flatline_session_get_pid (self->session) : 0;
  FlatlineRun *run = self->session ? flatline_session_get_run (self->session) : NULL;
  g_autofree char *link = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/cwd", pid);
  char *folder = pid ? g_file_read_link (link, NULL) : NULL;

  if (folder && flatline_path_answers (0, folder) && g_file_test (folder, G_FILE_TEST_IS_DIR))
    return folder;
  g_free (folder);
  return run && run->cwd ? g_strdup (run->cwd) : g_get_current_dir ();
}

static void
on_spawned (VteTerminal *terminal, GPid pid, GError *error, gpointer user_data)
{
  FlatlineShellPane *self;

  if (!terminal) /* gone meanwhile */
    return;
  self = FLATLINE_SHELL_PANE (user_data);
  self->pid = error ? 0 : pid;
  if (error)
    {
      feed_line (self, "31", error->message);
      set_busy (self, FALSE);
    }
}

static void
run (FlatlineShellPane *self, const char *command)
{
  const char *shell = g_getenv ("SHELL");
  const char *argv[] = { shell && *shell ? shell : "/bin/sh", command ? "-c" : NULL, command, NULL };
  gint64 pid = self->session ? flatline_session_get_pid (self->session) : 0;
  g_autofree char *pid_text = g_strdup_printf ("%" G_GINT64_FORMAT, pid);
  g_autofree char *folder = dup_working_folder (self);
  g_auto (GStrv) envv =
      g_environ_setenv (flatline_debug_servers_return (g_get_environ ()), "FLATLINE_PID", pid ? pid_text : "", TRUE);

  if (command)
    {
      g_autofree char *line = g_strdup_printf ("%s $ %s", folder, command);

      feed_line (self, "1", line);
    }
  set_busy (self, TRUE);
  vte_terminal_spawn_async (VTE_TERMINAL (self->terminal), VTE_PTY_DEFAULT, folder, (char **)argv, envv,
                            G_SPAWN_DEFAULT, NULL, NULL, NULL, -1, NULL, on_spawned, self);
}

static void
on_run (FlatlineShellPane *self)
{
  g_autofree char *command = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));

  if (*command)
    run (self, command);
  else
    gtk_widget_grab_focus (self->entry);
}

static void
on_open_shell (FlatlineShellPane *self)
{
  run (self, NULL);
}

static void
on_stop (FlatlineShellPane *self)
{
  if (self->pid > 0)
    kill (-self->pid, SIGHUP); /* VTE makes each command a session leader */
}

static void
on_child_exited (FlatlineShellPane *self, int status)
{
  g_autofree char *line = NULL;

  if (WIFSIGNALED (status))
    line = g_strdup_printf (_ ("── ended by signal %d (%s) ──"), WTERMSIG (status), g_strsignal (WTERMSIG (status)));
  else
    line = g_strdup_printf (_ ("── exited with status %d ──"), WEXITSTATUS (status));
  self->pid = 0;
  feed_line (self, "2", line);
  set_busy (self, FALSE);
  gtk_widget_grab_focus (self->entry);
}

void
flatline_shell_pane_ask (FlatlineShellPane *self)
{
  g_return_if_fail (FLATLINE_IS_SHELL_PANE (self));
  gtk_widget_grab_focus (self->pid ? GTK_WIDGET (self->terminal) : self->entry);
}

const char *
flatline_shell_pane_debug (FlatlineShellPane *self)
{
  g_autofree char *gdb = g_find_program_in_path ("gdb");
  g_autofree char *cli = flatline_paths_dup_cli ();
  g_autofree char *quoted = g_shell_quote (cli);
  g_autofree char *command = NULL;

  g_return_val_if_fail (FLATLINE_IS_SHELL_PANE (self), NULL);
  if (!gdb)
    return _ ("gdb is not installed: install it, or run another debugger with ‘flatline-cli debug’");
  if (self->pid)
    return _ ("A command is running beside the program: end it first");
  command = g_strconcat (quoted, " debug $FLATLINE_PID gdb -q -p $FLATLINE_PID", NULL);
  run (self, command);
  return NULL;
}

static void
flatline_shell_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  g_set_object (&FLATLINE_SHELL_PANE (object)->session, g_value_get_object (value));
}

static void
flatline_shell_pane_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_object (value, FLATLINE_SHELL_PANE (object)->session);
}

static void
flatline_shell_pane_dispose (GObject *object)
{
  FlatlineShellPane *self = FLATLINE_SHELL_PANE (object);

  on_stop (self);
  self->pid = 0;
  g_clear_object (&self->session);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (flatline_shell_pane_parent_class)->dispose (object);
}

static void
flatline_shell_pane_class_init (FlatlineShellPaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = flatline_shell_pane_set_property;
  object_class->get_property = flatline_shell_pane_get_property;
  object_class->dispose = flatline_shell_pane_dispose;
  properties[PROP_SESSION] =
      g_param_spec_object ("session", NULL, NULL, FLATLINE_TYPE_SESSION, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (FLATLINE_TYPE_TERMINAL);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/flatline/Flatline/panes/flatline-shell-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, FlatlineShellPane, box);
  gtk_widget_class_bind_template_child (widget_class, FlatlineShellPane, terminal);
  gtk_widget_class_bind_template_child (widget_class, FlatlineShellPane, entry);
  gtk_widget_class_bind_template_child (widget_class, FlatlineShellPane, run_button);
  gtk_widget_class_bind_template_child (widget_class, FlatlineShellPane, shell_button);
  gtk_widget_class_bind_template_child (widget_class, FlatlineShellPane, stop_button);
  gtk_widget_class_bind_template_callback (widget_class, on_run);
  gtk_widget_class_bind_template_callback (widget_class, on_open_shell);
  gtk_widget_class_bind_template_callback (widget_class, on_stop);
  gtk_widget_class_bind_template_callback (widget_class, on_child_exited);
}

static void
flatline_shell_pane_init (FlatlineShellPane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
