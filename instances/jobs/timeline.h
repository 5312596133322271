/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timeline.h - a solution of `jobs`: how each machine was cut, and who ran where, when.
 *
 * Cuts. From cut.begin_us on the slices that the cut destroys are gone and those that it makes are
 * being made; from its *ready* time on they can be used:
 *   ready = begin + recut + settle (+ mps when MPS is switched on or off),
 * but ready = begin for the first cut of a machine when it begins at 0 (a cluster is set up before
 * the first job comes) and for a cut that changes nothing but the MPS level. Before its first cut a
 * machine cannot be used.
 *
 * Runs. A run holds its slice (its share of the machine under MPS) from begin_us to its *end*:
 *   [begin, begin + restart)  the job is restored; nothing when it never did work before
 *   [.., stop)                it works at its speed there
 *   [stop, end)               its state is saved, checkpoint long; nothing when it did no work in
 *                             this run or when it is complete at stop
 * A run may end (stop) while the job is still being restored. Jobs do not lose work. Under MPS the
 * speed depends on how many runs hold the machine (begin <= t < end), restoring and saving
 * included.
 */
#ifndef RMS_JOBS_TIMELINE_H
#define RMS_JOBS_TIMELINE_H

#include "instances/jobs/jobs.h"

enum { RMS_TIMELINE_MPS = 0xffff }; /* `start` of a run under MPS */

struct rms_timeline_cut {
  int64_t begin_us;
  uint32_t machine;
  int16_t level;     /* index into levels: the machine is whole, under MPS; -1: it has slices */
  uint16_t n_slices; /* 0 under MPS, or nothing is cut */
  size_t first;      /* into timeline->slices */
};

struct rms_timeline_run {
  int64_t begin_us, stop_us;
  uint32_t job, machine;
  uint16_t start; /* first unit of its slice, or RMS_TIMELINE_MPS */
};

struct rms_timeline { /* zero-initialise; free with rms_timeline_fini */
  size_t n_cuts, cuts_capacity, n_slices, slices_capacity, n_runs, runs_capacity;
  struct rms_timeline_cut *cuts; /* by (begin, machine) */
  struct rms_placed *slices;
  struct rms_timeline_run *runs; /* by (begin, machine, start, job) once finished */
};

void rms_timeline_fini(struct rms_timeline *timeline);  /* accepts a zeroed one; zeroes it again */
void rms_timeline_clear(struct rms_timeline *timeline); /* empty, capacity kept */

/* Append; times may come in any order until rms_timeline_sort. 0 or RMS_E_NOMEM. */
int rms_timeline_cut(struct rms_timeline *timeline, int64_t begin_us, uint32_t machine, int level,
                     const struct rms_placed *slices, size_t n_slices);
int rms_timeline_run(struct rms_timeline *timeline, const struct rms_timeline_run *run);
void rms_timeline_sort(struct rms_timeline *timeline); /* cuts stably, in canonical order */

/* The bytes handed to report() and kept in records: FORMAT.md. Numbers of variable length and
 * differences of times make it small, about 15 bytes a run. The timeline must be sorted. decode
 * trusts nothing: RMS_E_FORMAT with a reason for anything malformed (legality is the checker's
 * business). */
int rms_timeline_encode(const struct rms_timeline *timeline, struct rms_text *bytes);
int rms_timeline_decode(struct rms_timeline *timeline, const void *bytes, size_t n,
                        struct rms_error *err);

#endif
