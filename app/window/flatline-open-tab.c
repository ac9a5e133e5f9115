/* SPDX-License-Identifier: MIT */
/*
 * The key "open-tabs": (kind, folder, words) a tab, as text that a person can read in dconf. Before the tabs of another
 * window stands one of the kind "window", which older Flatlines pass over.
 */
#include "config.h"

#include "flatline-open-tab.h"

#define KEY           "open-tabs"
#define WINDOW        "window"
#define FREEZE_PREFIX "freeze:"

void
flatline_open_tab_free (FlatlineOpenTab *self)
{
  g_free (self->folder);
  g_strfreev (self->argv);
  g_free (self->origin);
  g_free (self);
}

FlatlineOpenTab *
flatline_open_tab_new (FlatlineSession *session, const char *origin)
{
  FlatlineOpenTab *self = g_new0 (FlatlineOpenTab, 1);

  if (session)
    {
      self->folder = g_strdup (flatline_session_get_folder (session));
      self->argv = g_strdupv ((char **)flatline_session_get_arguments (session));
    }
  else
    self->origin = g_strdup (origin);
  return self;
}

/* Settings keep text; a name or an argument may be any bytes. */
static gboolean
is_text (FlatlineOpenTab *self)
{
  const char *const none[] = { NULL };
  const char *const *words = self->argv ? (const char *const *)self->argv : none;

  if ((self->origin && !g_utf8_validate (self->origin, -1, NULL))
      || (self->folder && !g_utf8_validate (self->folder, -1, NULL)))
    return FALSE;
  while (*words && g_utf8_validate (*words, -1, NULL))
    words++;
  return *words == NULL;
}

void
flatline_open_tabs_save (GSettings *settings, GPtrArray *tabs)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssas)"));
  const char *const none[] = { NULL };
  gboolean begins_window = FALSE;

  for (guint i = 0; i < tabs->len; i++)
    {
      FlatlineOpenTab *tab = tabs->pdata[i];
      const char *const words[] = { tab->origin, NULL };

      begins_window |= i > 0 && tab->begins_window;
      if (!is_text (tab))
        continue;
      if (begins_window)
        g_variant_builder_add (&builder, "(ss^as)", WINDOW, "", none);
      begins_window = FALSE;
      g_variant_builder_add (&builder, "(ss^as)", tab->origin ? "snapshot" : "program", tab->folder ? tab->folder : "",
                             tab->origin ? words : (const char *const *)tab->argv);
    }
  g_settings_set_value (settings, KEY, g_variant_builder_end (&builder));
}

GPtrArray *
flatline_open_tabs_load (GSettings *settings)
{
  GPtrArray *tabs = g_ptr_array_new_with_free_func ((GDestroyNotify)flatline_open_tab_free);
  g_autoptr (GVariant) value = g_settings_get_value (settings, KEY);
  GVariantIter iter;
  const char *kind, *folder;
  char **words;
  gboolean begins_window = FALSE;

  g_variant_iter_init (&iter, value);
  while (g_variant_iter_next (&iter, "(&s&s^as)", &kind, &folder, &words))
    {
      FlatlineOpenTab *tab = g_new0 (FlatlineOpenTab, 1);

      if (g_str_equal (kind, WINDOW))
        begins_window = TRUE;
      else if (g_str_equal (kind, "snapshot"))
        tab->origin = g_strdup (words[0]);
      else
        {
          tab->folder = g_strdup (folder);
          tab->argv = g_strdupv (words);
        }
      g_strfreev (words);
      if (tab->origin || (tab->argv && tab->argv[0]))
        {
          tab->begins_window = begins_window;
          begins_window = FALSE;
          g_ptr_array_add (tabs, tab);
        }
      else
        flatline_open_tab_free (tab);
    }
  return tabs;
}

gint64
flatline_open_tab_get_freeze_id (FlatlineOpenTab *self)
{
  if (!self->origin || !g_str_has_prefix (self->origin, FREEZE_PREFIX))
    return 0;
  return g_ascii_strtoll (self->origin + sizeof FREEZE_PREFIX - 1, NULL, 10);
}
