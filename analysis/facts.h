/* SPDX-License-Identifier: GPL-3.0-or-later */
/* facts.h - what was run, where, when and by which build, as a table; below it what a reader must
 * be warned of. */
#ifndef RMS_FACTS_H
#define RMS_FACTS_H

#include "analysis/launches.h"
#include "analysis/table.h"

/* One row a fact: sweep, command, jobs done of those planned, seed, limits, launches, hosts, build,
 * hash of the records. What differs between launches is listed, the first few by name. The notes
 * are the warnings. *result is freed by rms_table_free. RMS_E_FORMAT, RMS_E_NOMEM. */
int rms_facts_table(struct rms_table **result, const struct rms_records *records,
                    struct rms_error *err);

/*   launches [in] of these records, by rms_launches_read
 * Add the warnings as notes: several builds or hosts, a build of changed sources, a busy or
 * changing machine, jobs without a record, runs too short to be timed. Nothing when all is well.
 * RMS_E_NOMEM, RMS_E_LIMIT. */
int rms_warnings_note(struct rms_table *table, const struct rms_records *records,
                      const struct rms_launch_facts *launches);

#endif
