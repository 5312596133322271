/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan_args.h - what the verbs that look at one plan of one instance take alike: check, explain. */
#ifndef RMS_CLI_PLAN_ARGS_H
#define RMS_CLI_PLAN_ARGS_H

#include <stdint.h>

#include "harness/cli/cli.h"

struct rms_cli_plan_args {
  const char *instance, *plan; /* borrowed from argv; NULL: not given yet */
  int64_t n_services;          /* how many are shown, >= 0 */
  bool as_json;
};

enum { RMS_CLI_JSON = 0x100 }; /* the key of --json */

/* The option parser of such a verb; its input is struct rms_cli_plan_args. Keys: 'n' (a number of
 * services), RMS_CLI_JSON, and the two files. */
error_t rms_cli_plan_option(int key, char *arg, struct argp_state *state);

/* Does a stand before b? A strict order; what it does not decide, the number decides. */
typedef bool rms_cli_before_fn(const void *ctx, size_t a, size_t b);

/* The first of the numbers 0 .. n-1 by that order, `most` of them (fewer when n is less).
 *   picked [out] malloc'ed, in order; n_picked [out] how many
 * RMS_E_NOMEM. Cost: O(n x most) at worst. */
int rms_cli_pick(size_t **picked, size_t *n_picked, size_t n, int64_t most,
                 rms_cli_before_fn *is_before, const void *ctx, struct rms_error *err);

#endif
