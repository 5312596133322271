/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/figures.h"

#include <string.h>

int rms_figure_subtitle(struct rms_plot *plot, const struct rms_comparison *cmp, const char *group)
{
  int status;
  struct rms_text text = {0};
  const bool is_work = cmp->n_results && cmp->results[0].run->is_work_limited;
  rms_text_printf(&text, "%s; %s", group ? group : "all instances",
                  is_work ? "work-limited runs: times are not claims" : "time-limited runs");
  RMS_TRY(rms_text_status(&text));
  if (!(plot->subtitle = rms_arena_text(plot->arena, text.data))) status = RMS_E_NOMEM;
out:
  rms_text_fini(&text);
  return status;
}

int rms_figure_find(const char *kind, rms_figure_fn **make, struct rms_error *err)
{
  static const struct {
    const char *name;
    rms_figure_fn *make;
  } kinds[] = {{"growth", rms_figure_growth},
               {"cumulative", rms_figure_cumulative},
               {"target", rms_figure_target},
               {"gap", rms_figure_gap}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (!strcmp(kinds[i].name, kind)) {
      *make = kinds[i].make;
      return RMS_OK;
    }
  return rms_error_set(err, RMS_E_USAGE, "kind '%.40s' is none of: growth cumulative target gap",
                       kind);
}
