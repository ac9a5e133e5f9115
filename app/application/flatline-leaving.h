/* SPDX-License-Identifier: MIT */
/*
 * What others see of the application goes first at its end, while programs and store are still seen to: its windows.
 */
#pragma once

void
flatline_leaving_destroy_windows (void);
