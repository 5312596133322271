/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger.h - a test program's malloc, calloc, realloc, free and strdup go through here (the
 * linker's
 * --wrap): live blocks are counted, and one allocation can be made to fail. What shared libraries
 * allocate for themselves is not seen; a block of theirs that we free is passed on. */
#ifndef RMS_TEST_LEDGER_H
#define RMS_TEST_LEDGER_H

/* Blocks that are alive now. */
long rms_ledger_live(void);

/* Successful and failed allocations since the program began. */
long rms_ledger_count(void);

/* Let the n-th allocation from now fail, once; 0: none. */
void rms_ledger_fail_at(long n);

/* Has the failure that was asked for happened? False: the code under test allocates less often. */
int rms_ledger_has_failed(void);

#endif
