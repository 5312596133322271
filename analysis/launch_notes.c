/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/launch_notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct collector {
  struct rms_arena *arena;
  struct rms_launch_notes *notes;
  struct rms_launch_build *builds;
  struct rms_launch_doubt *doubts;
  size_t doubts_capacity;
};

static int add_build(struct collector *c, const struct rms_launch *launch)
{
  char text[2 * RMS_LAUNCH_FIELD];
  struct rms_launch_build *const build = &c->builds[c->notes->n_builds];
  snprintf(text, sizeof text, "%.40s %.20s", launch->source, launch->kind);
  build->launch = rms_arena_text(c->arena, launch->name);
  build->build = rms_arena_text(c->arena, text);
  if (!build->launch || !build->build) return RMS_E_NOMEM;
  c->notes->n_builds++;
  return RMS_OK;
}

static int add_doubts(struct collector *c, const struct rms_launch *launch)
{
  const char *const name = rms_arena_text(c->arena, launch->name);
  const char *const host = rms_arena_text(c->arena, launch->host);
  if (!name || !host) return RMS_E_NOMEM;
  for (size_t i = 0; i < launch->n_warnings; i++) {
    const char *const warning = rms_arena_text(c->arena, launch->warnings[i]);
    if (!warning ||
        rms_grow(&c->doubts, &c->doubts_capacity, c->notes->n_doubts + 1, sizeof *c->doubts) < 0)
      return RMS_E_NOMEM;
    c->doubts[c->notes->n_doubts++] = (struct rms_launch_doubt){
        .launch = name, .host = host, .warning = warning, .rank = launch->rank};
  }
  return RMS_OK;
}

static int read_lines(struct collector *c, const char *const *lines, size_t n, bool are_launches)
{
  struct rms_launch launch;
  struct rms_error err = {0};
  int status = RMS_OK;
  for (size_t i = 0; i < n; i++) {
    if (rms_launch_read(&launch, lines[i], &err) < 0) {
      if (err.status == RMS_E_NOMEM) return RMS_E_NOMEM;
      if (are_launches && !c->notes->failure.status) c->notes->failure = err;
      continue;
    }
    if (are_launches) RMS_TRY(add_build(c, &launch));
    if (launch.n_warnings) RMS_TRY(add_doubts(c, &launch));
  }
out:
  return status;
}

static int compare_builds(const void *a, const void *b)
{
  return strcmp(((const struct rms_launch_build *)a)->launch,
                ((const struct rms_launch_build *)b)->launch);
}

/* Every rank of a launch has a line; its build is one. */
static void sort_builds(struct collector *c)
{
  size_t kept = 0;
  const size_t n = c->notes->n_builds;
  if (n) qsort(c->builds, n, sizeof *c->builds, compare_builds);
  for (size_t i = 0; i < n; i++)
    if (!kept || compare_builds(&c->builds[kept - 1], &c->builds[i]) != 0)
      c->builds[kept++] = c->builds[i];
  c->notes->n_builds = kept;
}

int rms_launch_notes_read(const struct rms_launch_notes **result, struct rms_arena *arena,
                          const struct rms_records *records)
{
  int status = RMS_OK;
  struct collector c = {.arena = arena,
                        .notes = rms_arena_alloc(arena, 1, sizeof *c.notes),
                        .builds = rms_arena_alloc(arena, records->n_launches, sizeof *c.builds)};
  if (!c.notes || !c.builds) return RMS_E_NOMEM;
  RMS_TRY(read_lines(&c, records->launches, records->n_launches, true));
  RMS_TRY(read_lines(&c, records->closings, records->n_closings, false));
  sort_builds(&c);
  struct rms_launch_doubt *const doubts = rms_arena_alloc(arena, c.notes->n_doubts, sizeof *doubts);
  if (!doubts) RMS_TRY(RMS_E_NOMEM);
  if (c.notes->n_doubts) memcpy(doubts, c.doubts, c.notes->n_doubts * sizeof *doubts);
  c.notes->builds = c.builds;
  c.notes->doubts = doubts;
  *result = c.notes;
out:
  free(c.doubts);
  return status;
}

const char *rms_launch_build_of(const struct rms_launch_notes *notes, const char *launch)
{
  const struct rms_launch_build key = {.launch = launch};
  const struct rms_launch_build *const found =
      notes->n_builds
          ? bsearch(&key, notes->builds, notes->n_builds, sizeof *notes->builds, compare_builds)
          : NULL;
  return found ? found->build : NULL;
}
