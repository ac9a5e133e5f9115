/* SPDX-License-Identifier: MIT */
/*
 * FlatlineConsoleServer: the console as lines over TCP on this machine, for `nc` ([repl] of config.ini). Who comes says
 * the token first, or is sent away; no command of a shell is run. Each connection is a console of its own.
 */
#pragma once

#include "flatline-session.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_CONSOLE_SERVER (flatline_console_server_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineConsoleServer, flatline_console_server, FLATLINE, CONSOLE_SERVER, GObject)

/*
 * On 127.0.0.1, at the port of the session's settings. @restarting is called when somebody has the program restarted:
 * its end is then no end. @line_out gets what a person is to know of it: port and token, or why NULL is returned.
 */
FlatlineConsoleServer *
flatline_console_server_new (FlatlineSession *session,
                             void (*restarting) (gpointer user_data),
                             gpointer user_data,
                             char **line_out);

G_END_DECLS
