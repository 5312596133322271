/* SPDX-License-Identifier: GPL-3.0-or-later */
/* leader.h - how a coordinator that is not the root stands for its group: it asks for jobs before
 * they run out, tells news of all ranks together, and passes on what will not be done here. */
#ifndef RMS_LEADER_H
#define RMS_LEADER_H

#include "harness/coordinator.h"

/* Send what is due: news every `news_every` seconds, a sign of life every `sign_every`, a request
 * when the jobs run out, BYE when all have left. `now` as for rms_coordinator_look. */
int rms_leader_step(struct rms_coordinator *leader, double news_every, double sign_every,
                    struct rms_error *err);

/* Put these news to those that are to be told. */
int rms_leader_add_news(struct rms_coordinator *leader, const struct rms_say *news,
                        struct rms_error *err);

/* These jobs go up: RETURN or LOST. */
int rms_leader_pass_up(struct rms_coordinator *leader, enum rms_message_kind kind,
                       const struct rms_item *items, size_t n, struct rms_error *err);

/* All jobs that nobody below has go up. */
int rms_leader_return_rest(struct rms_coordinator *leader, struct rms_error *err);

/* MISSING. */
int rms_leader_tell_missing(struct rms_coordinator *leader, struct rms_error *err);

/* The parent hangs; `parent` takes its place and is told which jobs are here. */
int rms_leader_follow(struct rms_coordinator *leader, int parent, struct rms_error *err);

#endif
