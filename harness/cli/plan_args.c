/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/cli/plan_args.h"

#include <stdlib.h>

#include "instances/base/text.h"

error_t rms_cli_plan_option(int key, char *arg, struct argp_state *state)
{
  static const struct rms_cli_argument wanted[] = {
      {offsetof(struct rms_cli_plan_args, instance), "an instance", "a file or FAMILY:SPEC", false},
      {offsetof(struct rms_cli_plan_args, plan), "a plan", "the -o of 'rms solve'", false},
      {0}};
  struct rms_cli_plan_args *const args = state->input;
  switch (key) {
  case 'n':
    if (rms_parse_int(arg, &args->n_services) < 0 || args->n_services < 0)
      return rms_cli_wrong(state, arg, "a number of services");
    return 0;
  case RMS_CLI_JSON: args->as_json = true; return 0;
  default: return rms_cli_take(key, arg, state, wanted);
  }
}

int rms_cli_pick(size_t **picked, size_t *n_picked, size_t n, int64_t most,
                 rms_cli_before_fn *is_before, const void *ctx, struct rms_error *err)
{
  const size_t room = (uint64_t)most < n ? (size_t)most : n;
  size_t *const list = calloc(room + 1, sizeof *list);
  size_t kept = 0;
  if (!list) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  for (size_t k = 0; k < n && room > 0; k++) {
    size_t i = kept < room ? kept++ : room;
    for (; i > 0 && is_before(ctx, k, list[i - 1]); i--)
      if (i < room) list[i] = list[i - 1];
    if (i < room) list[i] = k;
  }
  *picked = list;
  *n_picked = kept;
  return RMS_OK;
}
