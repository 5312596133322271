/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/frame.h"
#include "instances/base/text.h"

struct report { /* the solution's bytes follow */
  uint32_t island, has_best;
  struct rms_island how;
  struct rms_page page;
  struct rms_best best;
};

int rms_report_send(int fd, uint32_t type, uint32_t island, const struct rms_island *how,
                    const struct rms_page *page, struct rms_error *err)
{
  struct report report;
  const void *solution = NULL;
  struct iovec parts[2] = {{&report, sizeof report}};

  memset(&report, 0, sizeof report);
  report.island = island;
  report.how = *how;
  report.how.page = NULL;
  memcpy(&report.page, page, sizeof report.page);
  report.has_best = rms_page_best(page, &report.best, &solution);
  memcpy(&parts[1].iov_base, &solution, sizeof solution);
  parts[1].iov_len = report.has_best ? (size_t)report.best.bytes : 0;
  return rms_frame_send(fd, type, parts, 2, err);
}

void rms_report_fail(struct rms_island *how, struct rms_page *page, bool is_lost, const char *why)
{
  *how = (struct rms_island){.has_ended = true, .is_lost = is_lost};
  page->failure = RMS_FAILED_START;
  page->outcome = RMS_E_IO;
  snprintf(page->why, sizeof page->why, "%s", why);
  atomic_store(&page->stage, RMS_STAGE_GAVE_UP);
}

int rms_report_write_lost(struct rms_text *bytes, uint32_t island)
{
  struct report report;

  memset(&report, 0, sizeof report);
  report.island = island;
  report.page.bound = NAN;
  rms_report_fail(&report.how, &report.page, true, "");
  rms_text_bytes(bytes, (const char *)&report, sizeof report);
  return rms_text_status(bytes);
}

int rms_report_take(const void *bytes, size_t n, const struct rms_job *job,
                    struct rms_page *const *pages, struct rms_island *how, uint32_t *island)
{
  struct report report;
  struct rms_page *page;

  if (n < sizeof report) return RMS_E_FORMAT;
  memcpy(&report, bytes, sizeof report);
  if (report.island >= job->islands || rms_job_has_island(job, report.island) ||
      n - sizeof report > RMS_SOLUTION_MAX ||
      n - sizeof report != (report.has_best ? report.best.bytes : 0))
    return RMS_E_FORMAT;
  page = pages[report.island];
  memcpy(page, &report.page, sizeof *page);
  if (report.has_best) rms_page_put(page, &report.best, (const char *)bytes + sizeof report);
  how[report.island] = report.how;
  how[report.island].has_ended = true;
  how[report.island].pid = 0; /* of another machine, perhaps */
  *island = report.island;
  return RMS_OK;
}
