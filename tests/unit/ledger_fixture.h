/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger_fixture.h - what many tests of memory ask: is anything left, and does every allocation of
 * a solver fail well? */
#ifndef RMS_TEST_LEDGER_FIXTURE_H
#define RMS_TEST_LEDGER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_host.h"
#include "ledger.h"

/* Group setup: how many blocks are alive before the first test. */
static inline int remember_blocks(void **state)
{
  static long live;
  live = rms_ledger_live();
  *state = &live;
  return 0;
}

/* The last test: as many are alive now; none where nothing was remembered. */
static inline void nothing_is_left_behind(void **state)
{
  assert_int_equal(rms_ledger_live(), *state ? *(const long *)*state : 0);
}

/* Let each allocation of a whole run of the solver fail in turn: nothing stays behind, and the
 * solver says RMS_E_NOMEM unless the failure was the host's. Without a failure it says `good`. */
static inline void every_allocation_may_fail(const struct rms_instance *inst,
                                             const struct rms_solver *solver, int good)
{
  const long live = rms_ledger_live();
  bool has_failed = true;
  for (long n = 1; has_failed; n++) {
    struct rms_fake_host fake;
    rms_fake_host_init(&fake, inst);
    rms_ledger_fail_at(n);
    const int outcome = rms_fake_host_run(&fake, solver, NULL);
    has_failed = rms_ledger_has_failed();
    rms_ledger_fail_at(0);
    assert_int_equal(outcome, has_failed && !fake.is_short_of_memory ? RMS_E_NOMEM : good);
    rms_fake_host_fini(&fake);
    assert_int_equal(rms_ledger_live(), live);
  }
}

#endif
