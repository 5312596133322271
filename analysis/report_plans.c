/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures of kept plans: the layout of machines, who runs where and when. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/faults.h"
#include "analysis/html.h"
#include "analysis/report_parts.h"
#include "analysis/rows.h"

/* Bytes of a plan that is read, and of a picture that is shown. */
enum { PLAN_MOST = 8 << 20, PICTURE_MOST = 400 << 10 };

static bool plan_path(const struct rms_page *page, const struct rms_run *run, char path[PATH_MAX])
{
  char digits[RMS_HASH_TEXT];
  rms_hash_print(run->solution, digits);
  const int n = snprintf(path, PATH_MAX, "%s/plans/%s.json", page->report->folder, digits);
  return n > 0 && n < PATH_MAX && access(path, R_OK) == 0;
}

/* A run with the best verified plan of the case that was kept: one that proves it, if there is one.
 */
static const struct rms_result *best_kept(const struct rms_page *page, const struct rms_case *c)
{
  char path[PATH_MAX];
  const struct rms_result *best = NULL;
  for (size_t i = c->begin; i < c->end; i++) {
    const struct rms_result *const r = &page->cmp->results[i];
    if (!(r->objective == c->best) || !plan_path(page, r->run, path)) continue;
    if (!best || (rms_result_is_proof(r) && !rms_result_is_proof(best))) best = r;
    if (rms_result_is_proof(best)) break;
  }
  return best;
}

static int draw(struct rms_text *svg, const struct rms_run *run, const char *path,
                struct rms_error *err)
{
  int status;
  struct rms_instance *inst = NULL;
  void *bytes = NULL;
  size_t n = 0;
  struct rms_claim claim;
  struct stat file;
  if (stat(path, &file) == 0 && file.st_size > PLAN_MOST)
    return rms_error_set(err, RMS_E_LIMIT, "the plan has %.0f MiB",
                         (double)file.st_size / (1 << 20));
  RMS_TRY(rms_instance_open(&inst, run->reference, err));
  if (!inst->family->draw_svg)
    RMS_TRY(rms_error_set(err, RMS_E_UNSUPPORTED, "family %s has no pictures", run->family));
  RMS_TRY(inst->family->plan_read(inst, path, &bytes, &n, &claim, err));
  RMS_TRY(inst->family->draw_svg(inst, bytes, n, NULL, svg, err));
  RMS_TRY(rms_text_status(svg));
  if (svg->length > PICTURE_MOST)
    RMS_TRY(rms_error_set(err, RMS_E_LIMIT, "the picture has %zu kB", svg->length >> 10));
out:
  free(bytes);
  rms_instance_free(inst);
  return status;
}

static void add_caption(struct rms_page *page, const struct rms_run *run, const char *path)
{
  struct rms_text command = {0};
  rms_text_add(&command, "rms show ");
  rms_shell_word(&command, run->reference);
  rms_text_add(&command, " ");
  rms_shell_word(&command, path);
  if (command.failed) page->text->failed = true;
  rms_text_add(page->text, "<figcaption>In a terminal: <code>");
  rms_html_text(page->text, command.failed ? "" : command.data);
  rms_text_add(page->text, "</code></figcaption>\n");
  rms_text_fini(&command);
}

static int add_plan(struct rms_page *page, const struct rms_case *c, const struct rms_result *r)
{
  int status;
  char path[PATH_MAX], title[512];
  struct rms_error why = {0};
  struct rms_text svg = {0};
  const struct rms_objective objective = rms_family_objective(r->run->family);
  snprintf(title, sizeof title, "%s: %s %.6g%s%s, %s by %s", r->run->instance, objective.name,
           c->best, *objective.unit ? " " : "", objective.unit,
           c->is_proved ? "proved optimal," : "the best found,", rms_label_of(r));
  rms_html_element(page->text, "h3", title);
  (void)plan_path(page, r->run, path);
  RMS_TRY(draw(&svg, r->run, path, &why));
  rms_text_add(page->text, "<figure>\n");
  rms_page_picture(page, svg.data, title);
  add_caption(page, r->run, path);
  rms_text_add(page->text, "</figure>\n");
out:
  rms_text_fini(&svg);
  if (status >= 0 || status == RMS_E_NOMEM) return status;
  rms_page_say(page, "No picture: %s.", why.text);
  return RMS_OK;
}

/* Is the case number `round` of its group? Cases of a group follow each other. */
static bool is_of_round(const struct rms_comparison *cmp, size_t i, size_t round)
{
  const char *const group = cmp->results[cmp->cases[i].begin].group;
  size_t before = 0;
  while (before <= round && before < i &&
         rms_in_group(&cmp->results[cmp->cases[i - before - 1].begin], group))
    before++;
  return before == round;
}

int rms_page_plans(struct rms_page *page)
{
  int status = RMS_OK;
  size_t n = 0;
  const struct rms_comparison *const cmp = page->cmp;
  for (size_t round = 0; round < RMS_REPORT_PICTURES; round++)
    for (size_t i = 0; i < cmp->n_cases && n < RMS_REPORT_PICTURES; i++) {
      if (isnan(cmp->cases[i].best) || !is_of_round(cmp, i, round)) continue;
      const struct rms_result *const best = best_kept(page, &cmp->cases[i]);
      if (!best) continue;
      RMS_TRY(add_plan(page, &cmp->cases[i], best));
      n++;
    }
  if (n == 0)
    rms_page_say(page, "No picture: no verified plan of a best run was kept in %s/plans.",
                 page->report->folder);
  else if (n < cmp->n_cases)
    rms_page_say(page, "%zu of %zu instances, the first of each group.", n, cmp->n_cases);
out:
  return status;
}
