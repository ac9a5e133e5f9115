/* SPDX-License-Identifier: MIT */
/*
 * The desktop's keyring, for the passwords of database servers; libsecret, opened when it is first asked. Where there
 * is no session bus, no library or no keyring, it holds nothing.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * The password of @user (NULL: none is named) at @server ("db.example:3306", a socket's path); NULL when there is none.
 * May wait for a person to unlock the keyring, so never on the main thread; a person is asked once a process.
 */
char *
flatline_keyring_dup_password (const char *server, const char *user);

/* Keeps it, or forgets it when it is empty. Blocking. */
gboolean
flatline_keyring_keep_password (const char *server, const char *user, const char *password, GError **error);

G_END_DECLS
