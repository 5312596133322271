/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "islander.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void islander_plan_init(struct islander_plan *plan, int islands, size_t bytes)
{
  *plan = (struct islander_plan){.islands = islands, .bytes = bytes};
  for (int i = 0; i < ISLANDERS_MAX; i++)
    plan->dies[i] = plan->returns[i] = plan->sleeps[i] = ISLANDER_NEVER;
}

struct islander_notes *islander_notes_new(const struct islander_plan *plan)
{
  struct islander_notes *notes =
      mmap(NULL, sizeof *notes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  if (notes == MAP_FAILED) abort();
  for (int i = 0; i < plan->islands; i++) {
    if (rms_page_map(&notes->page[i], NULL) < 0) abort();
  }
  return notes;
}

void islander_notes_free(struct islander_notes *notes, const struct islander_plan *plan)
{
  for (int i = 0; i < plan->islands; i++) rms_page_unmap(notes->page[i]);
  munmap(notes, sizeof *notes);
}

_Noreturn static void live(const struct islander_plan *plan, struct islander_notes *notes,
                           struct rms_host_state *state, int i)
{
  unsigned char *out = malloc(plan->bytes + 1), *in = malloc(plan->bytes + 1);

  for (int step = 0; out && in && step < ISLANDER_STEPS && step < plan->returns[i]; step++) {
    size_t n = 0;

    if (step == plan->dies[i]) _exit(9);
    while (step == plan->sleeps[i]) pause();
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

static void close_others(int a, int b)
{
  const int low = a < b ? a : b, high = a < b ? b : a;

  if (low > 3) close_range(3, (unsigned)low - 1, 0);
  if (high > low + 1) close_range((unsigned)low + 1, (unsigned)high - 1, 0);
  close_range((unsigned)high + 1, ~0U, 0);
}

void islander_fork(const struct islander_plan *plan, struct islander_notes *notes, int i,
                   int to_next, int from_previous)
{
  const struct rms_job job = {.islands = (uint32_t)plan->islands,
                              .limits = {.time = 60, .work = UINT64_MAX}};
  struct rms_host_state state;
  struct rms_host host;
  const pid_t pid = fork();

  if (pid < 0) abort();
  if (pid) {
    notes->pid[i] = pid;
    return;
  }
  close_others(to_next, from_previous);
  rms_host_init(&host, &state, notes->page[i], &job, (uint32_t)i, 1);
  state.to_next = to_next;
  state.from_previous = from_previous;
  live(plan, notes, &state, i);
}

bool islander_notes_are_true(const struct islander_plan *plan, const struct islander_notes *notes)
{
  for (int i = 0; i < plan->islands; i++) {
    const int before = (i + plan->islands - 1) % plan->islands;

    for (int step = 0; step < notes->steps[i]; step++) {
      const uint64_t wanted = step < plan->returns[before] ? plan->bytes : 0;
      if (notes->size[i][step] != wanted) return false;
      if (wanted && notes->first[i][step] != (unsigned char)(16 * before + step)) return false;
    }
  }
  return true;
}
