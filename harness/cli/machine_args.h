/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine_args.h - how the command line names a machine, a rule set and a choice of profiles. */
#ifndef RMS_CLI_MACHINE_ARGS_H
#define RMS_CLI_MACHINE_ARGS_H

#include "instances/machine.h"

/* A built-in name, or a file: what contains '/' or ends in ".json" is a file.
 *   result [out] free with rms_machine_free */
int rms_cli_machine(struct rms_machine **result, const char *name, struct rms_error *err);

/* NULL: the default rules. Errors: RMS_E_USAGE with the list of names. */
int rms_cli_rules(const struct rms_machine *machine, const char *name,
                  const struct rms_rules **rules, struct rms_error *err);

/* "base", "all", or names and shapes separated by commas ("1g,2g,3g.40gb"). */
int rms_cli_profiles(const struct rms_machine *machine, const char *list, uint32_t *mask,
                     struct rms_error *err);

/* The profiles to show when the user does not say: all when they have few partitions, else the
 * base. is_base [out] the base was taken, although there are more */
int rms_cli_profiles_default(const struct rms_machine *machine, const struct rms_rules *rules,
                             uint32_t *mask, bool *is_base, struct rms_error *err);

#endif
