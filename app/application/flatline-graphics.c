/* SPDX-License-Identifier: MIT */
/* Looks for what a graphics processor leaves in /dev, and tells GDK when there is nothing; see the header. */
#include "config.h"

#include "flatline-graphics.h"

#include <gtk/gtk.h>
#include <string.h>

/* What a graphics processor leaves in /dev: a driver of the kernel's own in dri, those of some makers beside it. */
static const char *const prefixes[] = { "nvidia", "mali", "kgsl", "pvr", "dxg", "vbox" };

static gboolean
has_graphics_processor (void)
{
  g_autoptr (GDir) drivers = g_dir_open ("/dev/dri", 0, NULL);
  g_autoptr (GDir) devices = g_dir_open ("/dev", 0, NULL);
  const char *name;

  if (drivers && g_dir_read_name (drivers))
    return TRUE;
  while (devices && (name = g_dir_read_name (devices)))
    for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
      if (g_str_has_prefix (name, prefixes[i]))
        return TRUE;
  return FALSE;
}

/* Who has said how to draw knows better. */
static gboolean
has_chosen (const char *variable)
{
  const char *renderer = g_getenv ("GSK_RENDERER");
  const char *before = g_getenv (variable);

  return (renderer && *renderer && strcmp (renderer, "cairo") != 0) || (before && strstr (before, "gl"))
         || g_getenv ("LIBGL_ALWAYS_INDIRECT");
}

/* GSK says of each window that it does without OpenGL, as if that were trouble. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; level == G_LOG_LEVEL_MESSAGE && i < n_fields; i++)
    if (strcmp (fields[i].key, "GLIB_DOMAIN") == 0 && strcmp (fields[i].value, "Gsk") == 0)
      return G_LOG_WRITER_HANDLED;
  return g_log_writer_default (level, fields, n_fields, user_data);
}

gboolean
flatline_graphics_init (void)
{
  const gboolean is_new = gtk_get_major_version () > 4 || gtk_get_minor_version () >= 16;
  const char *variable = is_new ? "GDK_DISABLE" : "GDK_DEBUG";
  g_autofree char *before = g_strdup (g_getenv (variable));
  g_autofree char *words = NULL;
  gboolean ok;

  if (has_chosen (variable) || has_graphics_processor ())
    return gtk_init_check ();
  words = g_strconcat (before ? before : "", before && *before ? "," : "", is_new ? "gl,vulkan" : "gl-disable", NULL);
  g_log_set_writer_func (write_log, NULL, NULL);
  g_setenv (variable, words, TRUE);
  ok = gtk_init_check ();
  if (before)
    g_setenv (variable, before, TRUE);
  else
    g_unsetenv (variable);
  return ok;
}
