/* SPDX-License-Identifier: MIT */
/* A freeze in a tab that is not seen, while somebody looks at the window: said over the tab that is, until it is seen.
 */
#pragma once

#include <adwaita.h>

#include "flatline-session.h"

G_BEGIN_DECLS

/* Its button shows the session ("app.show-session"). It goes when the program answers, ends or is looked at
 * (flatline_freeze_toast_dismiss()). */
void
flatline_freeze_toast_show (AdwToastOverlay *overlay, FlatlineFreeze *freeze, FlatlineSession *session);

void
flatline_freeze_toast_dismiss (FlatlineSession *session);

G_END_DECLS
