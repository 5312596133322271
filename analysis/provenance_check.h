/* SPDX-License-Identifier: GPL-3.0-or-later */
/* provenance_check.h - may these records stand in one table? */
#ifndef RMS_PROVENANCE_CHECK_H
#define RMS_PROVENANCE_CHECK_H

#include "harness/record.h"

/* RMS_OK when all runs come from one host and one build of the program; otherwise RMS_E_USAGE with
 * both names. Work-limited runs may come from different hosts (their results do not depend on it).
 */
int rms_records_one_origin(const struct rms_records *records, struct rms_error *err);

#endif
