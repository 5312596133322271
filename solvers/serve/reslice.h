/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reslice.h - local search in slice totals (ours, not the paper's). Slices of one kind are
 * interchangeable, so a plan is a cover y(service, kind) for each service, and the forms of the
 * pool (forms.h) say how many machines the totals need. Each service has a list of covers that are
 * cheap at the prices of the floor; a move gives two services the pair of covers, out of a part of
 * their lists, that brings the totals closest to a wanted number of machines, ties at random. A few
 * services are given any cover now and then, so that the search does not stay where no pair helps.
 *
 *   violation = sum over forms f of max(0, form_f(totals) - wanted machines)
 *
 * Only for instances with one pool whose forms were derived. */
#ifndef RMS_SERVE_RESLICE_H
#define RMS_SERVE_RESLICE_H

#include "solvers/serve/deployment.h"

enum { RMS_RESLICE_MOVES = 16 }; /* moves between two looks at the clock */

struct rms_reslice;

/* List the covers.
 *   result [out] NULL when the instance is not of this kind, or nothing is known about prices; all
 *                in `arena`
 *   floor  [in]  borrowed for the call
 *   cost   [in]  of the best plan known: a cover that costs more than is left between it and the
 *                floor is of no use
 *   memory [in]  bytes that the lists may take
 *   poll   [in]  asked between listings; when it says stop, *result is NULL
 * RMS_E_NOMEM. Cost: O(services) listings, each bounded. */
int rms_reslice_new(struct rms_reslice **result, struct rms_arena *arena,
                    const struct rms_walk_map *map, const struct rms_floor *floor, int64_t cost,
                    size_t memory, const struct rms_poll *poll);

/* Take over what a complete plan gives to each service, without slices that nobody would miss; none
 * of the services, half of them or all get the cheapest cover at the floor's prices instead. */
void rms_reslice_load(struct rms_reslice *reslice, const struct rms_deployment *plan,
                      struct rms_draws *draws);

/* RMS_RESLICE_MOVES moves towards a plan of cost `wanted`; every sixteenth call begins with a few
 * random covers. Returns the cost of the present totals; stops at the first that is below `below`.
 * O(moves x covers tried squared). */
int64_t rms_reslice_search(struct rms_reslice *reslice, int64_t wanted, int64_t below,
                           struct rms_draws *draws);

/* The present covers as a plan of at most `most` machines. 0, RMS_E_NOMEM, RMS_E_LIMIT. */
int rms_reslice_plan(struct rms_reslice *reslice, struct rms_deployment *plan, size_t most);

#endif
