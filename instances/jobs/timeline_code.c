/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The encoded timeline: "RMSJ", version, counts, then numbers of seven bits a byte, lowest first.
 */
#include <string.h>

#include "instances/jobs/timeline.h"

static const char magic[] = {'R', 'M', 'S', 'J', 1, 0, 0, 0};

#define TIME_MAX (INT64_C(1) << 61)

/* ---- encode ------------------------------------------------------------------------------------
 */

static size_t put(unsigned char *to, uint64_t value)
{
  size_t n = 0;
  for (; value >= 0x80; value >>= 7) to[n++] = (unsigned char)(value | 0x80);
  to[n++] = (unsigned char)value;
  return n;
}

static void put_all(struct rms_text *bytes, const uint64_t *values, size_t n)
{
  unsigned char buffer[80]; /* up to 8 numbers */
  size_t used = 0;
  for (size_t i = 0; i < n; i++) used += put(buffer + used, values[i]);
  rms_text_bytes(bytes, (const char *)buffer, used);
}

int rms_timeline_encode(const struct rms_timeline *timeline, struct rms_text *bytes)
{
  int64_t before = 0;
  rms_text_bytes(bytes, magic, sizeof magic);
  put_all(bytes, (const uint64_t[]){timeline->n_cuts, timeline->n_runs}, 2);
  for (size_t i = 0; i < timeline->n_cuts; i++) {
    const struct rms_timeline_cut *const cut = &timeline->cuts[i];
    put_all(bytes,
            (const uint64_t[]){(uint64_t)(cut->begin_us - before), cut->machine,
                               (uint64_t)(cut->level + 1), cut->n_slices},
            4);
    for (size_t s = 0; s < cut->n_slices; s++) {
      const struct rms_placed slice = timeline->slices[cut->first + s];
      put_all(bytes, (const uint64_t[]){slice.profile, slice.start}, 2);
    }
    before = cut->begin_us;
  }
  before = 0;
  for (size_t i = 0; i < timeline->n_runs; i++) {
    const struct rms_timeline_run *const run = &timeline->runs[i];
    put_all(bytes,
            (const uint64_t[]){(uint64_t)(run->begin_us - before),
                               (uint64_t)(run->stop_us - run->begin_us), run->job, run->machine,
                               (uint16_t)(run->start + 1)},
            5);
    before = run->begin_us;
  }
  return rms_text_status(bytes);
}

/* ---- decode ------------------------------------------------------------------------------------
 */

struct source {
  const unsigned char *at, *end;
  const char *wrong; /* first thing that was */
};

static uint64_t get(struct source *s, uint64_t most)
{
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && s->at < s->end; shift += 7) {
    const unsigned char byte = *s->at++;
    if (shift == 63 && byte > 1) break;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte & 0x80) continue;
    if (value <= most) return value;
    break;
  }
  if (!s->wrong) s->wrong = s->at < s->end ? "a number is out of range" : "it ends too early";
  return 0;
}

static int64_t get_time(struct source *s, int64_t before)
{
  const int64_t time = before + (int64_t)get(s, TIME_MAX);
  if (time <= TIME_MAX) return time;
  if (!s->wrong) s->wrong = "a time is out of range";
  return 0;
}

static int get_cuts(struct rms_timeline *timeline, struct source *s, size_t n)
{
  struct rms_placed slices[RMS_UNITS_MAX];
  int64_t at = 0;
  for (size_t i = 0; i < n && !s->wrong; i++) {
    at = get_time(s, at);
    const uint32_t machine = (uint32_t)get(s, UINT32_MAX);
    const int level = (int)get(s, RMS_JOBS_LEVELS_MAX) - 1;
    const size_t n_slices = (size_t)get(s, level < 0 ? RMS_UNITS_MAX : 0);
    for (size_t k = 0; k < n_slices; k++) {
      slices[k].profile = (uint16_t)get(s, UINT16_MAX);
      slices[k].start = (uint16_t)get(s, UINT16_MAX);
    }
    if (s->wrong) return RMS_OK;
    const int status = rms_timeline_cut(timeline, at, machine, level, slices, n_slices);
    if (status < 0) return status;
  }
  return RMS_OK;
}

static int get_runs(struct rms_timeline *timeline, struct source *s, size_t n)
{
  int64_t at = 0;
  for (size_t i = 0; i < n && !s->wrong; i++) {
    struct rms_timeline_run run = {.begin_us = get_time(s, at)};
    at = run.begin_us;
    run.stop_us = get_time(s, at);
    run.job = (uint32_t)get(s, UINT32_MAX);
    run.machine = (uint32_t)get(s, UINT32_MAX);
    run.start = (uint16_t)(get(s, UINT16_MAX) - 1);
    if (s->wrong) return RMS_OK;
    const int status = rms_timeline_run(timeline, &run);
    if (status < 0) return status;
  }
  return RMS_OK;
}

int rms_timeline_decode(struct rms_timeline *timeline, const void *bytes, size_t n,
                        struct rms_error *err)
{
  struct source s = {.at = bytes, .end = (const unsigned char *)bytes + n};
  int status = RMS_OK;
  rms_timeline_clear(timeline);
  if (n < sizeof magic || memcmp(bytes, magic, sizeof magic) != 0)
    return rms_error_set(err, RMS_E_FORMAT, "timeline: does not begin as a timeline does");
  s.at += sizeof magic;
  const size_t n_cuts = (size_t)get(&s, n), n_runs = (size_t)get(&s, n);
  RMS_TRY(get_cuts(timeline, &s, n_cuts));
  RMS_TRY(get_runs(timeline, &s, n_runs));
  if (!s.wrong && s.at != s.end) s.wrong = "something follows its end";
  if (s.wrong) status = rms_error_set(err, RMS_E_FORMAT, "timeline: %s", s.wrong);
out:
  if (status == RMS_E_NOMEM) rms_error_set(err, status, "timeline: out of memory");
  return status;
}
