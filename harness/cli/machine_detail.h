/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine_detail.h - one machine in detail: for people, for programs. Private to the verb machines.
 */
#ifndef RMS_CLI_MACHINE_DETAIL_H
#define RMS_CLI_MACHINE_DETAIL_H

#include "instances/machine.h"

struct rms_machine_choice { /* what the counts and partitions are of */
  const char *label;
  uint32_t mask;
};

struct rms_machine_detail { /* borrows all that it points to */
  const struct rms_machine *machine;
  const char *rules; /* only these, or NULL */
  size_t n_choices;
  struct rms_machine_choice choices[2];
};

/* Is rule set number r to be shown? */
bool rms_machine_is_wanted(const struct rms_machine_detail *d, int r);

/* Add everything: as text with tables; as one JSON object. RMS_E_NOMEM, RMS_E_LIMIT (too many
 * partitions). Cost: that of enumerating the partitions of each choice. */
int rms_machine_tell(const struct rms_machine_detail *d, struct rms_text *text,
                     struct rms_error *err);
int rms_machine_tell_json(const struct rms_machine_detail *d, struct rms_text *text,
                          struct rms_error *err);

#endif
