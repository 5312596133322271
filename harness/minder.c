/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/minder.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/child.h"
#include "harness/helper.h"
#include "harness/limits.h"
#include "harness/reap.h"
#include "harness/tree.h"

static const double look_every = 0.2;          /* seconds between looks at a tree of processes */
enum { CHECK_SECONDS = 300, JOBS_MAX = 1000 }; /* CPU of the checker; jobs of one minder */

struct watch { /* one job being minded */
  const struct rms_minder *minder;
  const struct rms_job *job;
  struct rms_instance *inst;
  char *reference; /* of `inst` */
  struct rms_hash key;
  struct rms_arena *arena; /* of a job that was ordered */
  struct rms_job ordered;
  uint32_t orders, n_jobs; /* taken */
  uint32_t n;
  struct rms_island *islands; /* [n] */
  struct rms_group *groups;   /* [n] */
  bool has_samples;           /* trees of processes can be looked at */
  int (*ring)[2];             /* [n]: [i] is written by i, read by i + 1 */
};

static void set_stage(const struct rms_minder *minder, enum rms_board_stage stage)
{
  atomic_store(&minder->board->stage, (uint32_t)stage);
}

_Noreturn static void fail_start(const struct rms_minder *minder, const char *why)
{
  struct rms_ending *ending = &minder->board->ending;

  ending->end = RMS_END_START_FAILED;
  snprintf(ending->why, sizeof ending->why, "%s", why);
  set_stage(minder, RMS_BOARD_DONE);
  _exit(0);
}

static bool is_file(const char *reference)
{
  char family[32];
  const char *colon = strchr(reference, ':');

  if (!colon || (size_t)(colon - reference) >= sizeof family) return true;
  snprintf(family, sizeof family, "%.*s", (int)(colon - reference), reference);
  return !rms_family_find(family);
}

/* Neighbours in a plan often share their instance; a key says what is in it. */
static bool has_instance(const struct watch *watch)
{
  static const struct rms_hash zero;
  const struct rms_job *job = watch->job;

  return watch->inst && rms_hash_compare(job->instance_key, zero) != 0 &&
         rms_hash_compare(job->instance_key, watch->key) == 0 &&
         strcmp(job->reference, watch->reference) == 0 &&
         strcmp(job->family, watch->inst->family->name) == 0;
}

static void read_instance(struct watch *watch)
{
  static const struct rms_hash zero;
  const struct rms_job *job = watch->job;
  struct rms_error err = {0};
  struct rms_hash hash;

  if (has_instance(watch)) return;
  rms_instance_free(watch->inst);
  watch->inst = NULL;
  free(watch->reference);
  watch->reference = strdup(job->reference);
  watch->key = job->instance_key;
  if (!watch->reference) fail_start(watch->minder, "out of memory");
  if (rms_instance_open(&watch->inst, job->reference, &err) < 0)
    fail_start(watch->minder, err.text);
  if (strcmp(watch->inst->family->name, job->family) != 0) {
    fail_start(watch->minder, "the instance is of another family than the job");
  }
  if (rms_hash_compare(job->instance_key, zero) != 0 && is_file(job->reference) &&
      (rms_instance_hash(watch->inst, &hash) < 0 ||
       rms_hash_compare(hash, job->instance_key) != 0)) {
    fail_start(watch->minder, "the instance file has changed since the job was planned");
  }
}

static void block_signals(void)
{
  sigset_t set;

  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_SETMASK, &set, NULL);
}

/* Neighbours that both live here are joined here; to the others leads what the helper was given. */
static void join_ring(struct watch *watch)
{
  for (uint32_t i = 0; i < watch->n; i++) {
    const uint32_t next = (i + 1) % watch->n;
    const bool is_local = rms_job_has_island(watch->job, i) && rms_job_has_island(watch->job, next);

    memcpy(watch->ring[i], watch->minder->edges[i], sizeof watch->ring[i]);
    if (is_local && watch->n > 1 && socketpair(AF_UNIX, SOCK_SEQPACKET, 0, watch->ring[i]) < 0)
      fail_start(watch->minder, "the ring of islands cannot be joined: too many open files");
  }
}

static void leave_ring(struct watch *watch)
{
  for (uint32_t i = 0; i < watch->n; i++) {
    if (watch->ring[i][0] >= 0) close(watch->ring[i][0]);
    if (watch->ring[i][1] >= 0) close(watch->ring[i][1]);
  }
}

static void kill_all(struct watch *watch)
{
  for (uint32_t i = 0; i < watch->n; i++) {
    if (watch->islands[i].pid > 0 && !watch->islands[i].has_ended) rms_kill(watch->islands[i].pid);
  }
}

/* Islands below `end` that live here. */
static uint32_t count_here(const struct rms_job *job, uint32_t end)
{
  uint32_t n = 0;

  for (uint32_t i = 0; i < end; i++) n += rms_job_has_island(job, i);
  return n;
}

/* Before the process is there, so that nothing of it runs outside. */
static void open_group(struct watch *watch, uint32_t i, long self)
{
  const struct rms_limits *limits = &watch->job->limits;
  char name[64];

  watch->groups[i].folder[0] = 0;
  snprintf(name, sizeof name, "rms-%ld-%u", self, (unsigned)i);
  if (watch->minder->groups->folder[0])
    (void)rms_group_open(&watch->groups[i], watch->minder->groups, name, limits);
  watch->islands[i].memory_way =
      rms_memory_way(limits, watch->groups[i].folder[0] != 0, watch->has_samples);
}

static void close_groups(struct watch *watch)
{
  for (uint32_t i = 0; i < watch->n; i++) {
    struct rms_island *island = &watch->islands[i];
    struct rms_group_use use;
    if (!watch->groups[i].folder[0]) continue;
    rms_group_close(&watch->groups[i], &use);
    if (use.peak_memory > island->peak_tree) island->peak_tree = use.peak_memory;
    if (use.has_hit_memory && !island->was_killed) island->over = RMS_OVER_MEMORY;
  }
}

static void fork_island(struct watch *watch, uint32_t i, long self)
{
  struct rms_island *island = &watch->islands[i];

  *island = (struct rms_island){.page = watch->minder->pages[i], .forked = rms_clock()};
  open_group(watch, i, self);
  island->look = island->forked + look_every;
  island->pid = fork();
  if (island->pid == 0) {
    const struct rms_child child = {
        .job = watch->job,
        .inst = watch->inst,
        .page = island->page,
        .island = i,
        .to_next = watch->ring[i][0],
        .from_previous = watch->ring[(i + watch->n - 1) % watch->n][1],
        .parent = self,
        .group = watch->groups[i].folder[0] ? &watch->groups[i] : NULL,
        .way = (enum rms_memory_way)island->memory_way,
    };
    if (watch->n > 1) rms_binding_enter(watch->minder->binding, count_here(watch->job, i));
    /* Foreign code gets its own page, never the board and never another island's page. */
    for (uint32_t k = 0; k < watch->n; k++) {
      if (k != i) rms_page_unmap(watch->minder->pages[k]);
    }
    munmap(watch->minder->board, sizeof *watch->minder->board);
    rms_child_run(&child);
  }
  if (island->pid < 0) {
    kill_all(watch);
    fail_start(watch->minder, "no process can be forked");
  }
}

/* What came from the other ranks. */
static void take_reports(struct watch *watch)
{
  const struct rms_board *board = watch->minder->board;

  for (uint32_t i = 0; i < watch->n; i++) {
    if (rms_job_has_island(watch->job, i) || watch->islands[i].has_ended) continue;
    if (!atomic_load(&board->has_report[i])) continue;
    watch->islands[i] = board->islands[i];
    watch->islands[i].page = watch->minder->pages[i];
  }
}

static void reap(struct watch *watch)
{
  struct rusage usage;
  int status;
  pid_t pid;

  while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
    for (uint32_t i = 0; i < watch->n; i++) {
      struct rms_island *island = &watch->islands[i];
      if (island->pid != pid || island->has_ended) continue;
      island->has_ended = true;
      island->ended = rms_clock();
      island->wait_status = status;
      island->usage = usage;
    }
  }
}

/* When does the wall limit of this island strike? The page's own stamp is believed within reason
 * only. */
static double deadline_of(const struct watch *watch, const struct rms_island *island)
{
  const double started = island->page->started;

  if (atomic_load(&island->page->stage) < RMS_STAGE_SOLVING) {
    return island->forked + RMS_OPEN_SECONDS + watch->job->limits.time;
  }
  return (started >= island->forked && started <= rms_clock() ? started : island->forked) +
         watch->job->limits.time;
}

/* Enforce limits on one island; returns when to look again. */
static double enforce(struct watch *watch, struct rms_island *island, double now)
{
  const double deadline = deadline_of(watch, island);
  const double grace = rms_limit_grace(&watch->job->limits);

  if (atomic_load(&watch->minder->board->is_cancelled) && !island->was_cancelled) {
    island->was_cancelled = true;
    if (!island->was_timed_out) island->patience = now + grace;
    atomic_store(&island->page->stop, 1);
  }
  if (now >= deadline && !island->was_timed_out && !island->was_cancelled) {
    island->was_timed_out = true;
    island->patience = now + grace;
    atomic_store(&island->page->stop, 1);
  }
  if (!island->was_timed_out && !island->was_cancelled) {
    /* Before solve() has begun, its deadline is not known: look when it could strike first. */
    const double first = island->forked + watch->job->limits.time;
    return now < first ? first : fmin(deadline, now + 1);
  }
  if (now < island->patience) return island->patience;
  island->was_killed = true;
  rms_kill(island->pid);
  return now + 0.1;
}

/* What a child of this process has inherited at most. */
static uint64_t own_memory(void)
{
  struct rusage usage;

  return getrusage(RUSAGE_SELF, &usage) < 0 ? 0 : (uint64_t)usage.ru_maxrss * 1024;
}

/* Look at the tree of one island; returns when to look again. With several islands what one has
 * left to init's stand-in, the minder, cannot be told from what another has. */
static double look(struct watch *watch, struct rms_island *island, double now)
{
  static const char proc[] = "/proc";
  const struct rms_limits *limits = &watch->job->limits;
  const bool is_alone = watch->n == 1;
  const long root = is_alone ? (long)getpid() : (long)island->pid;
  struct rms_tree tree;

  if (!watch->has_samples) return INFINITY;
  if (now < island->look) return island->look;
  island->look = now + look_every;
  if (rms_tree_read(&tree, proc, root, !is_alone) < 0) return island->look;
  if (tree.n > 1 && tree.resident > island->peak_tree) island->peak_tree = tree.resident;
  enum rms_over over = rms_limits_judge(limits, (enum rms_memory_way)island->memory_way, &tree);
  if (over == RMS_OVER_MEMORY &&
      rms_tree_share(proc, root, !is_alone) <= limits->memory + own_memory())
    over = RMS_OVER_NOTHING; /* pages of ours, and pages that were counted twice */
  if (over != RMS_OVER_NOTHING) {
    island->over = over;
    island->was_killed = true;
    rms_kill(island->pid);
  }
  return island->look;
}

static void wait_for_signal(double seconds)
{
  const double s = fmax(seconds, 1e-4);
  const struct timespec timeout = {(time_t)s, (long)(1e9 * (s - floor(s)))};
  sigset_t set;

  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGUSR1);
  sigtimedwait(&set, NULL, &timeout);
}

/* Where island 0 lives, the ends of all islands are waited for and judged. */
static bool judges(const struct watch *watch)
{
  return rms_job_has_island(watch->job, 0);
}

static void watch_islands(struct watch *watch)
{
  for (;;) {
    const double now = rms_clock();
    double wake = now + RMS_SIGN_SECONDS;
    uint32_t n_running = 0;

    atomic_fetch_add(&watch->minder->board->beats, 1);
    reap(watch);
    take_reports(watch);
    for (uint32_t i = 0; i < watch->n; i++) {
      const bool is_here = rms_job_has_island(watch->job, i);
      if (watch->islands[i].has_ended || (!is_here && !judges(watch))) continue;
      if (is_here) {
        wake = fmin(wake, enforce(watch, &watch->islands[i], now));
        wake = fmin(wake, look(watch, &watch->islands[i], now));
      }
      n_running++;
    }
    if (!n_running) return;
    wait_for_signal(wake - now);
  }
}

/* Soft, so that it can be moved for the next job. */
static void limit_checker(void)
{
  struct rlimit limit;
  struct rusage usage;

  getrusage(RUSAGE_SELF, &usage);
  if (getrlimit(RLIMIT_CPU, &limit) < 0) return;
  limit.rlim_cur = (rlim_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + CHECK_SECONDS;
  if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_CPU, &limit);
  prctl(PR_SET_DUMPABLE, 0);
}

static void judge(struct watch *watch)
{
  struct rms_board *board = watch->minder->board;
  struct rms_ending ending = board->ending;
  struct rms_best best;
  const void *bytes = NULL;

  rms_gather(watch->job, watch->islands, watch->inst->family->n_objectives, &ending, &board->trace,
             &best, &bytes);
  if (ending.end == RMS_END_LOST) { /* void: there is nothing to judge */
    board->ending = ending;
    return;
  }
  /* What is known now stands if the checker dies on hostile bytes. */
  board->ending = ending;
  if (bytes) board->ending.verdict = RMS_VERDICT_UNVERIFIABLE;
  set_stage(watch->minder, RMS_BOARD_CHECKING);
  limit_checker();
  rms_judge(watch->inst, &best, bytes, &ending);
  board->ending = ending;
}

static double unix_time(void)
{
  struct timespec now;

  clock_gettime(CLOCK_REALTIME, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* One job, from start to verdict. */
static void mind(struct watch *watch, long self)
{
  const struct rms_minder *minder = watch->minder;
  struct rms_ending *ending = &minder->board->ending;

  read_instance(watch);
  ending->n_objectives = watch->inst->family->n_objectives;
  snprintf(ending->instance, sizeof ending->instance, "%s", watch->inst->name);
  ending->instance_hash = watch->job->instance_key;
  ending->started = unix_time();
  rms_binding_print(minder->binding, count_here(watch->job, watch->n), ending->cpus);
  join_ring(watch);
  set_stage(minder, RMS_BOARD_RUNNING);
  for (uint32_t i = 0; i < watch->n; i++) {
    if (rms_job_has_island(watch->job, i)) fork_island(watch, i, self);
  }
  leave_ring(watch);
  watch_islands(watch);
  ending->n_strays = (uint32_t)rms_reap_strays();
  close_groups(watch);
  if (judges(watch)) {
    judge(watch);
  } else {
    memcpy(minder->board->islands, watch->islands, watch->n * sizeof *watch->islands);
    ending->end = RMS_END_EXIT;
  }
  watch->n_jobs++;
}

/* See minder.h. A job alone on its page only: what a ring leaves behind is not worth looking at. */
static bool can_stay(const struct watch *watch)
{
  const struct rms_ending *ending = &watch->minder->board->ending;
  const bool is_sound = ending->verdict == RMS_VERDICT_VERIFIED_OPTIMAL ||
                        ending->verdict == RMS_VERDICT_VERIFIED_FEASIBLE ||
                        (ending->verdict == RMS_VERDICT_NONE && ending->claim == RMS_CLAIM_NONE);

  return watch->n == 1 && !watch->job->share.ranks && watch->n_jobs < JOBS_MAX && is_sound &&
         ending->end == RMS_END_EXIT && !ending->end_detail[0] && !ending->n_strays &&
         watch->islands->wait_status == 0 && !watch->islands->was_killed;
}

/* Wait for the next job. What comes on the board is the helper's, so it is believed. */
static void take_order(struct watch *watch)
{
  struct rms_board *board = watch->minder->board;
  struct rms_error err = {0};
  sigset_t set;

  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  while (atomic_load(&board->orders) == watch->orders) sigwaitinfo(&set, NULL);
  watch->orders = atomic_load(&board->orders);
  rms_arena_free(watch->arena);
  watch->arena = rms_arena_new();
  if (!watch->arena) fail_start(watch->minder, "out of memory");
  if (rms_job_parse(&watch->ordered, board->job, board->n_job_bytes, watch->arena, &err) < 0)
    fail_start(watch->minder, err.text);
  watch->job = &watch->ordered;
}

_Noreturn void rms_minder_run(const struct rms_minder *minder)
{
  struct watch storage = {.minder = minder,
                          .job = minder->job,
                          .n = minder->job->islands,
                          .orders = atomic_load(&minder->board->orders)};
  struct watch *watch = &storage;
  const long self = (long)getpid();

  if (!rms_die_with(minder->parent)) _exit(0);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  block_signals();
  rms_binding_enter(minder->binding, 0); /* before the instance is read: its memory is near */
  watch->islands = calloc(watch->n, sizeof *watch->islands);
  watch->ring = calloc(watch->n, sizeof *watch->ring);
  watch->groups = calloc(watch->n, sizeof *watch->groups);
  if (!watch->islands || !watch->ring || !watch->groups) fail_start(minder, "out of memory");
  watch->has_samples = rms_tree_read(&(struct rms_tree){0}, "/proc", self, true) == RMS_OK;
  for (;;) {
    mind(watch, self);
    if (!can_stay(watch)) break;
    set_stage(minder, RMS_BOARD_KEPT);
    kill((pid_t)minder->parent, SIGUSR1);
    take_order(watch);
  }
  set_stage(minder, RMS_BOARD_DONE);
  _exit(0);
}
