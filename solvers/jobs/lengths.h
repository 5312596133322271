/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lengths.h - what a policy may know of how long jobs last: the service that completed jobs had,
 * and from it the Gittins index of a job by the service it has had so far (Gittins 1979; for mean
 * completion time optimal on one machine when lengths are unknown): the most completions per unit
 * of service that any further amount of service promises. Lengths with a heavy tail give old jobs a
 * small index, as least attained service does; equal lengths give them a large one, as shortest
 * remaining time does. */
#ifndef RMS_JOBS_LENGTHS_H
#define RMS_JOBS_LENGTHS_H

enum { RMS_LENGTH_BINS = 48 }; /* from 1 s, each longer by the square root of 2 */

struct rms_lengths {
  double count[RMS_LENGTH_BINS]; /* completed, with a little of the unknown in each bin */
  double index[RMS_LENGTH_BINS]; /* of a job at the beginning of each bin, per second */
  int n_new;                     /* since the index was computed */
};

/* Nothing is known: each factor is as likely as any other, with a weight of `prior` jobs a bin
 * (> 0). */
void rms_lengths_init(struct rms_lengths *lengths, double prior);

/* A job was complete after that service (seconds at full speed). Cost: O(bins^2) now and then. */
void rms_lengths_add(struct rms_lengths *lengths, double service);

/* The bin of that service: its jobs have the same index. The service with which a bin begins, but
 * for rounding. Cost: O(1). */
int rms_lengths_bin(double service);
double rms_lengths_edge(int bin);

/* Gittins index of a job that has had that service, per second, > 0. Cost: O(1). */
double rms_lengths_index(const struct rms_lengths *lengths, double service);

#endif
