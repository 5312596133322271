/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line of a record file from hostile bytes: what is accepted must print to a line that reads
 * back to the same line; what is refused must say why. Where the quick reader takes it as well, the
 * two have read the same. */
#include <stdlib.h>
#include <string.h>

#include "harness/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int is_good)
{
  if (!is_good) abort();
}

static void round_trip(const struct rms_run *run, struct rms_arena *arena)
{
  struct rms_text first = {0}, second = {0};
  struct rms_run again;
  struct rms_error err = {0};
  check(rms_run_write(run, true, &first) == RMS_OK);
  check(rms_run_parse(&again, first.data, first.length, arena, &err) == RMS_OK);
  check(rms_run_write(&again, true, &second) == RMS_OK);
  check(first.length == second.length && !memcmp(first.data, second.data, first.length));
  rms_text_fini(&second);
  rms_text_fini(&first);
}

static void compare(const struct rms_run *run, const struct rms_scan *scan)
{
  check(scan->kind == RMS_SCAN_RUN && !rms_hash_compare(run->job, scan->job));
  check(run->attempt == scan->attempt && run->rank == scan->rank && run->end == scan->end);
  check(run->is_work_limited == scan->is_work_limited);
  check(strlen(run->label) == scan->label.n && !memcmp(run->label, scan->label.at, scan->label.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct rms_scan scan;
  char *line = malloc(size + 1); /* a line is followed by something */
  check(line != NULL);
  if (size) memcpy(line, data, size);
  line[size] = '\n';
  const bool is_taken = rms_scan_line(line, size, &scan);
  struct rms_arena *arena = rms_arena_new();
  struct rms_run run;
  struct rms_error err = {0};
  check(arena != NULL);
  int status = rms_run_parse(&run, (const char *)data, size, arena, &err);
  check(status == RMS_OK || err.text[0]);
  if (status == RMS_OK) round_trip(&run, arena);
  if (status == RMS_OK && is_taken) compare(&run, &scan);
  free(line);
  rms_arena_free(arena);
  return 0;
}
