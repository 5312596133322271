/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.h - how an island ended that lived with another rank's helper: what its minder saw and the
 * whole of its page, as bytes that go from helper to helper by way of the ranks. There it is put
 * into a page of its own, and gathering and judging go on as if it had lived here. What comes from
 * the page was written by foreign code and is believed as little as a page is. */
#ifndef RMS_REPORT_H
#define RMS_REPORT_H

#include "harness/ending.h"

/* Send the report on one island as a message of `type`; waits as rms_frame_send does.
 *   how [in] its pointers are not used */
int rms_report_send(int fd, uint32_t type, uint32_t island, const struct rms_island *how,
                    const struct rms_page *page, struct rms_error *err);

/* Note in its page that an island never ran.
 *   is_lost [in] or that nothing is known of it: nobody is charged */
void rms_report_fail(struct rms_island *how, struct rms_page *page, bool is_lost, const char *why);

/* The bytes of a report on an island that was lost, for a rank whose helper is gone. RMS_E_NOMEM.
 */
struct rms_text;
int rms_report_write_lost(struct rms_text *bytes, uint32_t island);

/* Take the report on an island that does not live here: fill its page, and how[*island] but for the
 * pointer to the page.
 *   pages [in] [job->islands] those of islands elsewhere are empty
 * RMS_E_FORMAT: it makes no sense. */
int rms_report_take(const void *bytes, size_t n, const struct rms_job *job,
                    struct rms_page *const *pages, struct rms_island *how, uint32_t *island);

#endif
