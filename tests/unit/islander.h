/* SPDX-License-Identifier: GPL-3.0-or-later */
/* islander.h - for tests of the ring: a process that does nothing but exchange, and notes in shared
 * memory what it saw. */
#ifndef RMS_TEST_ISLANDER_H
#define RMS_TEST_ISLANDER_H

#include "harness/host.h"

enum { ISLANDERS_MAX = 8, ISLANDER_STEPS = 12, ISLANDER_NEVER = 1000 };

struct islander_plan {
  int islands;
  size_t bytes;               /* of each message */
  int dies[ISLANDERS_MAX];    /* at the beginning of that step */
  int returns[ISLANDERS_MAX]; /* before that step */
  int sleeps[ISLANDERS_MAX];  /* for ever, before that step */
};

struct islander_notes { /* shared: what each saw */
  struct rms_page *page[ISLANDERS_MAX];
  int pid[ISLANDERS_MAX];
  int steps[ISLANDERS_MAX]; /* completed */
  bool was_stopped[ISLANDERS_MAX];
  uint64_t size[ISLANDERS_MAX][ISLANDER_STEPS];       /* received */
  unsigned char first[ISLANDERS_MAX][ISLANDER_STEPS]; /* byte received */
};

/* Nobody dies, returns early or sleeps. */
void islander_plan_init(struct islander_plan *plan, int islands, size_t bytes);

struct islander_notes *islander_notes_new(const struct islander_plan *plan);
void islander_notes_free(struct islander_notes *notes, const struct islander_plan *plan);

/* Fork island i with its two ends of the ring; all other descriptors above the standard ones are
 * closed in it. It ends with exit code 8 when a message was torn. */
void islander_fork(const struct islander_plan *plan, struct islander_notes *notes, int i,
                   int to_next, int from_previous);

/* Every step delivered what the predecessor gave in the same step, or nothing at all after it had
 * returned. */
bool islander_notes_are_true(const struct islander_plan *plan, const struct islander_notes *notes);

#endif
