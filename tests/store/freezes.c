/* SPDX-License-Identifier: MIT */
/*
 * stored-freezes FILE NUMBER: writes a store with so many freezes of some programs, a minute apart, for who wants to
 * see what the window does with thousands of them.
 */
#include "store-fixture.h"

#include <stdlib.h>

static const char *const kinds[] = { "deadlock", "busy-loop", "waits", "sleep" };
static const char *const titles[] = { "orders.py", "payments.py", "reports.py", "mail.py" };

int
main (int argc, char **argv)
{
  g_autoptr (FlatlineStore) store = NULL;
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func (g_object_unref);
  const int n_freezes = argc == 3 ? atoi (argv[2]) : 0;

  if (n_freezes <= 0)
    {
      g_printerr ("Usage: %s FILE NUMBER\n", argv[0]);
      return 2;
    }
  store = flatline_store_open_sqlite (argv[1], NULL);
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    {
      FlatlineRun *run = store_fixture_make_run (titles[i]);

      g_ptr_array_add (runs, run);
      flatline_store_add_run (store, run);
    }
  for (int i = n_freezes; i > 0; i--)
    {
      const FlatlineRun *run = runs->pdata[(guint)i % runs->len];
      g_autofree char *summary = g_strdup_printf ("Thread ‘worker-%d’ waits for lock ‘lock-%d’", i % 97, i % 41);
      g_autoptr (FlatlineFreeze) freeze =
          store_fixture_make_freeze (kinds[(guint)(i / 4) % G_N_ELEMENTS (kinds)], summary, (gint64)i * 60);
      g_autoptr (FlatlineSnapshot) snapshot = store_fixture_make_snapshot ("def load():\n    pass\n");

      g_object_set (freeze, "host", run->host, "title", run->title, NULL);
      flatline_store_add_freeze (store, run->uid, freeze, snapshot);
      if (i % 100 == 0)
        store_fixture_flush (store);
    }
  store_fixture_flush (store);
  return 0;
}
