/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/agree.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct vote {
  struct rms_hash job;
  int32_t status;
  char text[RMS_ERROR_TEXT];
};
_Static_assert(sizeof(struct vote) <= RMS_LETTER_MAX, "a vote fits");

static int await(struct rms_transport *transport, int *from, struct vote *vote,
                 struct rms_error *err)
{
  const struct timespec pause = {.tv_nsec = 2000000};
  unsigned char letter[RMS_LETTER_MAX];
  size_t n = 0;
  int got;

  while (!(got = transport->receive(transport->self, from, letter, &n, err)))
    nanosleep(&pause, NULL);
  if (got < 0) return got;
  if (n != sizeof *vote) return rms_error_set(err, RMS_E_INTERNAL, "a letter of %zu bytes", n);
  memcpy(vote, letter, sizeof *vote);
  return RMS_OK;
}

/* The first failure in the order of ranks is the one that is told. */
static void take_vote(const struct vote *vote, int from, struct rms_hash job, int *culprit,
                      struct rms_error *why)
{
  if (*culprit <= from) return;
  if (vote->status) {
    *culprit = from;
    rms_error_set(why, vote->status, "rank %d: %s", from, vote->text);
  } else if (rms_hash_compare(vote->job, job) != 0) {
    *culprit = from;
    rms_error_set(why, RMS_E_IO,
                  "rank %d would do another job: its files differ from those of rank 0", from);
  }
}

static int decide(struct rms_transport *transport, struct rms_hash job, struct rms_error *err)
{
  int culprit = err->status ? 0 : transport->size, status = RMS_OK;
  struct rms_error why = *err;
  struct vote vote;

  for (int i = 1; i < transport->size && !status; i++) {
    int from = 0;
    status = await(transport, &from, &vote, err);
    /* Without its own job rank 0 has nothing to compare with, and nothing to add. */
    if (!status) take_vote(&vote, from, job, &culprit, &why);
  }
  vote = (struct vote){.status = why.status};
  for (int rank = 1; rank < transport->size && !status; rank++)
    status = transport->send(transport->self, rank, &vote, sizeof vote, err);
  if (status) return status;
  *err = why;
  return why.status;
}

int rms_agree(struct rms_transport *transport, struct rms_hash job, struct rms_error *err)
{
  struct vote vote = {.job = job, .status = err->status};
  int from = 0, status;

  if (!transport->rank) return decide(transport, job, err);
  snprintf(vote.text, sizeof vote.text, "%s", err->text);
  *err = (struct rms_error){0};
  status = transport->send(transport->self, 0, &vote, sizeof vote, err);
  if (!status) status = await(transport, &from, &vote, err);
  if (status) return status;
  err->status = vote.status;
  return vote.status;
}
