/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conditions.h - what about the machine makes times less reliable than they look: read when a
 * launch begins and again when it ends, told in sentences that stay with the records. What cannot
 * be read is not warned of. */
#ifndef RMS_CONDITIONS_H
#define RMS_CONDITIONS_H

#include "harness/place.h"
#include "instances/base/text.h"

struct rms_conditions { /* numbers: -1 when not known */
  char governor[32];    /* of the first processor whose governor is not "performance"; else "" */
  int64_t n_hot;        /* times that a core was slowed down for heat, all cores, since boot */
  int64_t n_quota;      /* times that this process's control group had used up its CPU quota */
  int64_t swap_bytes;   /* in use */
  int64_t n_swapped;    /* pages moved to and from swap since boot */
};

/* Read /sys and /proc below `root` ("" for the machine's own). Cost: a small file a processor. */
void rms_conditions_read(struct rms_conditions *conditions, const char *root);

/* What is to be said at the beginning: add a JSON array of sentences, each with its kind in front:
 * oversubscribed, SMT shared, hybrid cores, governor, swap.
 *   slots, packing [in] of this rank; packing NONE: the slots that there would be for cores
 * At the end: throttled, swap. */
void rms_conditions_warn(const struct rms_conditions *now, const struct rms_slots *slots,
                         enum rms_packing packing, struct rms_neighbours who,
                         struct rms_text *text);
void rms_conditions_warn_end(const struct rms_conditions *before, const struct rms_conditions *now,
                             struct rms_text *text);

/* The numbers as members of a JSON object, for the record: "n_hot":0,... null: not known. */
void rms_conditions_print(const struct rms_conditions *conditions, struct rms_text *text);

#endif
