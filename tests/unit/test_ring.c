/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ring of islands without the rest: what each step delivers, early return, deaths and how they
 * drain, messages larger than a socket holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/host.h"

enum { ISLANDS = 4, STEPS = 12, NEVER = 1000 };

struct plan {           /* what the islands do */
  size_t bytes;         /* of each message */
  int dies[ISLANDS];    /* at the beginning of that step */
  int returns[ISLANDS]; /* before that step */
};

struct notes {        /* shared: what each saw */
  int steps[ISLANDS]; /* completed */
  bool was_stopped[ISLANDS];
  uint64_t size[ISLANDS][STEPS];       /* received */
  unsigned char first[ISLANDS][STEPS]; /* byte received */
};

static void live(const struct plan *plan, struct notes *notes, struct rms_host_state *state, int i)
{
  unsigned char *out = malloc(plan->bytes + 1), *in = malloc(plan->bytes + 1);

  for (int step = 0; out && in && step < STEPS && step < plan->returns[i]; step++) {
    size_t n = 0;

    if (step == plan->dies[i]) _exit(9);
    memset(out, 16 * i + step, plan->bytes);
    if (rms_ring_step(state, out, plan->bytes, in, plan->bytes, &n)) {
      notes->was_stopped[i] = true;
      break;
    }
    notes->size[i][step] = n;
    notes->first[i][step] = n ? in[0] : 0;
    if (n && in[n - 1] != in[0]) _exit(8); /* torn */
    notes->steps[i]++;
  }
  rms_host_leave_ring(state);
  _exit(0);
}

static struct notes *run(const struct plan *plan)
{
  struct notes *notes =
      mmap(NULL, sizeof *notes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const struct rms_job job = {.islands = ISLANDS, .limits = {.time = 60, .work = UINT64_MAX}};
  int ring[ISLANDS][2];
  int status;

  for (int i = 0; i < ISLANDS; i++) {
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ring[i]), 0);
  }
  for (int i = 0; i < ISLANDS; i++) {
    if (fork() == 0) {
      struct rms_host host;
      struct rms_host_state state;
      struct rms_page *page = NULL;

      if (rms_page_map(&page, NULL) < 0) _exit(7);
      rms_host_init(&host, &state, page, &job, (uint32_t)i, 1);
      state.to_next = ring[i][0];
      state.from_previous = ring[(i + ISLANDS - 1) % ISLANDS][1];
      for (int k = 0; k < ISLANDS; k++) {
        if (ring[k][0] != state.to_next) close(ring[k][0]);
        if (ring[k][1] != state.from_previous) close(ring[k][1]);
      }
      live(plan, notes, &state, i);
    }
  }
  for (int i = 0; i < ISLANDS; i++) {
    close(ring[i][0]);
    close(ring[i][1]);
  }
  while (wait(&status) > 0) assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 8);
  return notes;
}

static void forget(struct notes *notes)
{
  munmap(notes, sizeof *notes);
}

#define ALL(value)                                                                                 \
  {                                                                                                \
    value, value, value, value                                                                     \
  }

static void test_steps(void **state)
{
  static const size_t sizes[] = {0, 1, 65537, 3000000};

  (void)state;
  for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
    const struct plan plan = {.bytes = sizes[s], .dies = ALL(NEVER), .returns = ALL(NEVER)};
    struct notes *notes = run(&plan);

    for (int i = 0; i < ISLANDS; i++) {
      assert_int_equal(notes->steps[i], STEPS);
      for (int step = 0; sizes[s] && step < STEPS; step++) {
        assert_int_equal(notes->size[i][step], sizes[s]);
        assert_int_equal(notes->first[i][step], 16 * ((i + ISLANDS - 1) % ISLANDS) + step);
      }
    }
    forget(notes);
  }
}

/* An island that returns early: the next one gets 0 bytes from then on, and nobody stops. */
static void test_early_return(void **state)
{
  const struct plan plan = {.bytes = 100, .dies = ALL(NEVER), .returns = {NEVER, 3, NEVER, NEVER}};

  (void)state;
  for (int repeat = 0; repeat < 20; repeat++) {
    struct notes *notes = run(&plan);

    for (int i = 0; i < ISLANDS; i++) {
      assert_int_equal(notes->steps[i], i == 1 ? 3 : STEPS);
      assert_false(notes->was_stopped[i]);
    }
    for (int step = 0; step < STEPS; step++) {
      assert_int_equal(notes->size[2][step], step < 3 ? 100 : 0);
      assert_int_equal(notes->size[3][step], 100);
    }
    forget(notes);
  }
}

/* A death: island c + k completes k - 1 steps more than the dead one, always. */
static void test_drain(void **state)
{
  static const size_t sizes[] = {100, 1000000};

  (void)state;
  for (int repeat = 0; repeat < 20; repeat++) {
    for (int dead = 0; dead < ISLANDS; dead++) {
      struct plan plan = {.bytes = sizes[repeat % 2], .dies = ALL(NEVER), .returns = ALL(NEVER)};
      struct notes *notes;

      plan.dies[dead] = 4;
      notes = run(&plan);
      assert_int_equal(notes->steps[dead], 4);
      for (int k = 1; k < ISLANDS; k++) {
        const int i = (dead + k) % ISLANDS;
        assert_int_equal(notes->steps[i], 4 + k - 1);
        assert_true(notes->was_stopped[i]);
      }
      forget(notes);
    }
  }
}

/* Several deaths: the earliest stop counts. */
static void test_two_deaths(void **state)
{
  const struct plan plan = {.bytes = 10, .dies = {4, NEVER, 2, NEVER}, .returns = ALL(NEVER)};

  (void)state;
  for (int repeat = 0; repeat < 20; repeat++) {
    struct notes *notes = run(&plan);

    /* 2 dies with 2 steps; 3 completes 2; 0 would complete 3 and so never reaches its own death. */
    assert_int_equal(notes->steps[2], 2);
    assert_int_equal(notes->steps[3], 2);
    assert_int_equal(notes->steps[0], 3);
    assert_true(notes->was_stopped[0]);
    assert_int_equal(notes->steps[1], 4);
    forget(notes);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_steps), cmocka_unit_test(test_early_return),
      cmocka_unit_test(test_drain), cmocka_unit_test(test_two_deaths)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
