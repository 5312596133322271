/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/job.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "harness/pack.h"

static const char job_format[] = "rms-job/1";
enum { TEXT_MAX = 16384 }; /* bytes of one string of a job */

/* NULL and "" are the same thing: nothing was said. */
static const char *said(const char *string)
{
  return string ? string : "";
}

/* What decides the random numbers: everything but limits and the solver's version, so that a
 * shorter run is a prefix of a longer one and two versions see the same numbers. */
static void add_problem(struct rms_text *text, const struct rms_job *job)
{
  char key[RMS_HASH_TEXT];

  rms_hash_print(job->instance_key, key);
  rms_text_printf(text, "format %s\nfamily %s\ninstance %s\nsolver %s\nparams %s\n", job_format,
                  said(job->family), key, said(job->solver), said(job->params));
  rms_text_printf(text, "seed %" PRIu64 "\nrepeat %" PRId64 "\nislands %" PRIu32 "\n", job->seed,
                  job->repeat, job->islands);
}

static void add_limits(struct rms_text *text, const struct rms_job *job)
{
  const struct rms_limits *limits = &job->limits;

  rms_text_printf(text, "version %s\nmode %s\n", said(job->version),
                  limits->is_work_limited ? "work" : "time");
  rms_text_printf(text, "time %.17g\nwork %" PRIu64 "\ncpu %.17g\nmemory %" PRIu64 "\n",
                  limits->time, limits->work, limits->cpu, limits->memory);
  if (limits->processes) rms_text_printf(text, "processes %" PRIu64 "\n", limits->processes);
}

int rms_job_identify(struct rms_job *job)
{
  struct rms_text text = {0};
  uint64_t random_key = 0;
  int status = RMS_OK;

  add_problem(&text, job);
  RMS_TRY(rms_text_status(&text));
  random_key = rms_hash_bytes(text.data, text.length).low;
  add_limits(&text, job);
  RMS_TRY(rms_text_status(&text));
  job->random_key = random_key;
  job->id = rms_hash_bytes(text.data, text.length);
out:
  rms_text_fini(&text);
  return status;
}

uint32_t rms_job_rank_of(const struct rms_job *job, uint32_t island)
{
  return job->share.ranks ? (job->share.first + island) % job->share.ranks : 0;
}

bool rms_job_has_island(const struct rms_job *job, uint32_t island)
{
  return rms_job_rank_of(job, island) == job->share.rank;
}

int rms_job_take_islands(char *assignments, uint32_t *islands, struct rms_error *err)
{
  static const char key[] = "islands=";
  char *at = assignments;
  while (at && strncmp(at, key, sizeof key - 1)) at = (at = strchr(at, ',')) ? at + 1 : NULL;
  if (!at) return RMS_OK;
  char *end = at + strcspn(at, ","), digits[24];
  int64_t value;
  snprintf(digits, sizeof digits, "%.*s", (int)(end - at - (long)sizeof key + 1),
           at + sizeof key - 1);
  if (rms_parse_int(digits, &value) || value < 1 || value > RMS_ISLANDS_MAX)
    return rms_error_set(err, RMS_E_PARAM, "islands: is \"%s\", must be a whole number in [1, %d]",
                         digits, RMS_ISLANDS_MAX);
  *islands = (uint32_t)value;
  if (*end)
    end++;
  else if (at > assignments)
    at--;
  memmove(at, end, strlen(end) + 1);
  return RMS_OK;
}

static void pack_hash(struct rms_text *bytes, struct rms_hash hash)
{
  rms_pack_u64(bytes, hash.high);
  rms_pack_u64(bytes, hash.low);
}

static void pack_limits(struct rms_text *bytes, const struct rms_limits *limits)
{
  rms_pack_u64(bytes, limits->is_work_limited);
  rms_pack_double(bytes, limits->time);
  rms_pack_u64(bytes, limits->work);
  rms_pack_double(bytes, limits->cpu);
  rms_pack_u64(bytes, limits->memory);
  rms_pack_u64(bytes, limits->output);
  rms_pack_double(bytes, limits->grace);
  rms_pack_u64(bytes, limits->processes);
}

static void pack_share(struct rms_text *bytes, const struct rms_share *share)
{
  rms_pack_u64(bytes, share->first);
  rms_pack_u64(bytes, share->ranks);
  rms_pack_u64(bytes, share->rank);
}

int rms_job_write(const struct rms_job *job, struct rms_text *bytes)
{
  const char *const strings[] = {job->family,  job->reference, job->group,  job->solver,
                                 job->version, job->plugin,    job->params, job->label};

  rms_pack_string(bytes, job_format);
  pack_hash(bytes, job->id);
  rms_pack_u64(bytes, job->random_key);
  pack_hash(bytes, job->instance_key);
  for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
    rms_pack_string(bytes, strings[i]);
  rms_pack_u64(bytes, job->flags);
  rms_pack_u64(bytes, job->seed);
  rms_pack_u64(bytes, (uint64_t)job->repeat);
  rms_pack_u64(bytes, job->islands);
  pack_limits(bytes, &job->limits);
  pack_share(bytes, &job->share);
  return rms_text_status(bytes);
}

static struct rms_hash unpack_hash(struct rms_unpack *in)
{
  const uint64_t high = rms_unpack_u64(in);

  return (struct rms_hash){high, rms_unpack_u64(in)};
}

static void unpack_limits(struct rms_unpack *in, struct rms_limits *limits)
{
  limits->is_work_limited = rms_unpack_u64(in) != 0;
  limits->time = rms_unpack_double(in);
  limits->work = rms_unpack_u64(in);
  limits->cpu = rms_unpack_double(in);
  limits->memory = rms_unpack_u64(in);
  limits->output = rms_unpack_u64(in);
  limits->grace = rms_unpack_double(in);
  limits->processes = rms_unpack_u64(in);
}

static void unpack_share(struct rms_unpack *in, struct rms_share *share)
{
  const uint64_t first = rms_unpack_u64(in), ranks = rms_unpack_u64(in), rank = rms_unpack_u64(in);
  const bool is_sound =
      ranks ? ranks <= RMS_RANKS_MAX && first < ranks && rank < ranks : first == 0 && rank == 0;

  if (!is_sound) in->failed = true;
  *share = (struct rms_share){(uint32_t)first, (uint32_t)ranks, (uint32_t)rank};
}

/* Limits that the clock arithmetic of the helper can live with. */
static int judge_job(const struct rms_job *job, struct rms_error *err)
{
  const struct rms_limits *limits = &job->limits;
  const double longest = 1e9;

  if (!(limits->time > 0 && limits->time <= longest)) {
    return rms_error_set(err, RMS_E_PARAM, "job: time limit is %g s, must be in (0, 1e9]",
                         limits->time);
  }
  if (!(limits->cpu >= 0 && limits->cpu <= longest) ||
      !(limits->grace >= 0 && limits->grace <= longest)) {
    return rms_error_set(err, RMS_E_PARAM, "job: CPU limit or grace is out of [0, 1e9] s");
  }
  if (!job->family || !job->reference || !job->solver) {
    return rms_error_set(err, RMS_E_FORMAT, "job: family, instance or solver is missing");
  }
  if (job->islands < 1 || job->islands > RMS_ISLANDS_MAX) {
    return rms_error_set(err, RMS_E_PARAM, "job: %" PRIu32 " islands, must be in [1, %d]",
                         job->islands, RMS_ISLANDS_MAX);
  }
  return RMS_OK;
}

int rms_job_parse(struct rms_job *job, const void *bytes, size_t n, struct rms_arena *arena,
                  struct rms_error *err)
{
  struct rms_unpack in = {.bytes = bytes, .left = n, .arena = arena};
  const char *format = rms_unpack_string(&in, TEXT_MAX);
  struct rms_job parsed = {0};
  const char **const strings[] = {&parsed.family, &parsed.reference, &parsed.group,
                                  &parsed.solver, &parsed.version,   &parsed.plugin,
                                  &parsed.params, &parsed.label};
  int status = RMS_OK;
  uint64_t flags, islands;

  if (!format || strcmp(format, job_format) != 0) {
    RMS_TRY(in.is_out_of_memory ? rms_error_set(err, RMS_E_NOMEM, "job: out of memory")
                                : rms_error_set(err, RMS_E_FORMAT, "job: is not a %s", job_format));
  }
  parsed.id = unpack_hash(&in);
  parsed.random_key = rms_unpack_u64(&in);
  parsed.instance_key = unpack_hash(&in);
  for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
    *strings[i] = rms_unpack_string(&in, TEXT_MAX);
  }
  flags = rms_unpack_u64(&in);
  parsed.seed = rms_unpack_u64(&in);
  parsed.repeat = (int64_t)rms_unpack_u64(&in);
  islands = rms_unpack_u64(&in);
  unpack_limits(&in, &parsed.limits);
  unpack_share(&in, &parsed.share);
  RMS_TRY(rms_unpack_end(&in, "job", err));
  parsed.flags = (uint32_t)flags;
  parsed.islands = islands > UINT32_MAX ? 0 : (uint32_t)islands;
  RMS_TRY(judge_job(&parsed, err));
  *job = parsed;
out:
  return status;
}
