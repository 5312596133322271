/* SPDX-License-Identifier: GPL-3.0-or-later */
/* origin.h - where the numbers of a table or a figure come from, in one line. */
#ifndef RMS_ORIGIN_H
#define RMS_ORIGIN_H

#include "harness/record.h"

/* "244 runs of sweep demo, records 0123456789abcdef; rmsbench 0.1.0 (93aa3e8, release); host vm,
 * Intel ...; limits 10 s, 2 GiB" from the launch lines and the runs; what differs between launches
 * is named once with "and others". RMS_E_NOMEM, RMS_E_FORMAT. */
int rms_records_origin(const struct rms_records *records, struct rms_text *text,
                       struct rms_error *err);

#endif
