/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/origin.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct differences {
  bool sweep, build, host;
};

static void compare(const struct rms_launch *a, const struct rms_launch *b, struct differences *d)
{
  d->sweep |= strcmp(a->sweep, b->sweep) != 0;
  d->build |= strcmp(a->source, b->source) != 0 || strcmp(a->kind, b->kind) != 0;
  d->host |= strcmp(a->host, b->host) != 0 || strcmp(a->cpu, b->cpu) != 0;
}

static const char *others(bool differ)
{
  return differ ? " and others" : "";
}

static void add_limits(const struct rms_run *run, struct rms_text *text)
{
  rms_text_add(text, "; limits");
  if (run->limit_work != UINT64_MAX) rms_text_printf(text, " %" PRIu64 " work,", run->limit_work);
  if (isfinite(run->limit_time)) rms_text_printf(text, " %g s,", run->limit_time);
  rms_text_printf(text, " %.3g GiB", (double)run->limit_memory / (1 << 30));
}

int rms_records_origin(const struct rms_records *records, struct rms_text *text,
                       struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_launch first = {.sweep = ""}, next;
  struct differences differ = {0};
  char hash[RMS_HASH_TEXT];
  for (size_t i = 0; i < records->n_launches; i++) {
    RMS_TRY(rms_launch_read(i ? &next : &first, records->launches[i], err));
    if (i) compare(&first, &next, &differ);
  }
  rms_hash_print(records->hash, hash);
  rms_text_printf(text, "%zu runs of sweep %s%s, records %.16s; rmsbench %s (%s, %s%s)",
                  records->n_runs, first.sweep, others(differ.sweep), hash, first.version,
                  first.source, first.kind, others(differ.build));
  rms_text_printf(text, "; host %s, %s%s", first.host, first.cpu, others(differ.host));
  if (records->n_runs) add_limits(&records->runs[0], text);
  RMS_TRY(rms_text_status(text));
out:
  return status;
}
