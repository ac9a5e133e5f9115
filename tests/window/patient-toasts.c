/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into the window: toasts stay until somebody sends them away or presses their button. On a busy machine to
 * look at a window may take longer than a toast is there, and what it offers is lost with it.
 */
#include <adwaita.h>

#include <dlfcn.h>

void
adw_toast_set_timeout (AdwToast *toast, guint timeout)
{
  void (*next) (AdwToast * toast, guint timeout) =
      (void (*) (AdwToast * toast, guint timeout)) dlsym (RTLD_NEXT, "adw_toast_set_timeout");

  next (toast, 0);
}

__attribute__ ((constructor)) static void
begin (void)
{
  g_unsetenv ("LD_PRELOAD"); /* not for the programs it starts */
}
