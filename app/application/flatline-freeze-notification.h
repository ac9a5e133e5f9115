/* SPDX-License-Identifier: MIT */
/* The notification of a freeze: what happened, and the buttons Show, Restart and Force Kill. */
#pragma once

#include <gio/gio.h>

#include "flatline-session.h"

G_BEGIN_DECLS

/* Its buttons are the actions app.show-session, app.restart-session and app.kill-session with the run's uid. */
void
flatline_freeze_notification_send (GApplication *application, FlatlineFreeze *freeze, FlatlineSession *session);

/* The program answers again, or has ended. */
void
flatline_freeze_notification_withdraw (GApplication *application, FlatlineSession *session);

G_END_DECLS
