/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of each group of instances. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/faults.h"
#include "analysis/html.h"
#include "analysis/report_parts.h"
#include "analysis/rows.h"
#include "analysis/summary.h"

static bool has_proof(const struct rms_comparison *cmp, const char *group)
{
  for (size_t i = 0; i < cmp->n_results; i++)
    if (rms_in_group(&cmp->results[i], group) && rms_result_is_proof(&cmp->results[i])) return true;
  return false;
}

static int add_proof(struct rms_page *page, const char *group)
{
  int status = RMS_OK;
  struct rms_table *table = NULL;
  if (!has_proof(page->cmp, group)) {
    rms_page_say(page, "No table of proofs: no run here proved its own answer.");
    return RMS_OK;
  }
  RMS_TRY(rms_proof_table(&table, page->cmp, group));
  rms_page_table(page, table, "Proofs", "--view proof", group);
out:
  rms_table_free(table);
  return status;
}

static bool is_run_in(const struct rms_comparison *cmp, const char *group, const char *label)
{
  for (size_t i = 0; i < cmp->n_results; i++)
    if (rms_in_group(&cmp->results[i], group) && !strcmp(rms_label_of(&cmp->results[i]), label))
      return true;
  return false;
}

/* What a reader compares with when he names nothing: the method that was published. */
static const char *reference_of(const struct rms_page *page, const char *group)
{
  static const char *const published[] = {"miso", "mig-serving"};
  if (page->report->against)
    return is_run_in(page->cmp, group, page->report->against) ? page->report->against : NULL;
  for (size_t i = 0; i < sizeof published / sizeof *published; i++)
    if (is_run_in(page->cmp, group, published[i])) return published[i];
  return NULL;
}

static int add_pairs(struct rms_page *page, const char *group, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_table *table = NULL;
  struct rms_text options = {0};
  const char *const against = reference_of(page, group);
  if (!against) {
    rms_page_say(page,
                 "No table of pairs: neither miso nor mig-serving ran here; --against LABEL names "
                 "another reference.");
    return RMS_OK;
  }
  RMS_TRY(rms_pairs_table(&table, page->cmp, group, against, err));
  if (!table->n_rows) goto out;
  rms_text_add(&options, "--view pairs --against ");
  rms_shell_word(&options, against);
  RMS_TRY(rms_text_status(&options));
  rms_page_table(page, table, "Pairs", options.data, group);
out:
  rms_text_fini(&options);
  rms_table_free(table);
  return status;
}

/* The three greatest powers of ten that the limits reach; 0: no run has a trace with CPU times. */
static size_t choose_times(const struct rms_comparison *cmp, const char *group, double times[3])
{
  static const double all[] = {1e-3, 1e-2, 1e-1, 1, 10, 60, 600, 3600};
  double limit = 0;
  size_t n = 0, last = 0;
  for (size_t i = 0; i < cmp->n_results; i++) {
    const struct rms_run *const run = cmp->results[i].run;
    if (!rms_in_group(&cmp->results[i], group) || !run->n_trace || isnan(run->trace[0].cpu))
      continue;
    limit = fmax(limit, fmin(run->limit_time, run->limit_cpu));
  }
  while (last < sizeof all / sizeof *all && all[last] <= limit) last++;
  for (size_t i = last > 3 ? last - 3 : 0; i < last; i++) times[n++] = all[i];
  return n;
}

static int add_anytime(struct rms_page *page, const char *group)
{
  int status = RMS_OK;
  char options[96];
  double times[3] = {0};
  struct rms_table *table = NULL;
  if (page->cmp->results[0].run->is_work_limited) {
    rms_page_say(page,
                 "No table over time: the runs were limited by work, so times are no claims.");
    return RMS_OK;
  }
  const size_t n = choose_times(page->cmp, group, times);
  if (!n) {
    rms_page_say(page, "No table over time: no run here has a trace with processor times.");
    return RMS_OK;
  }
  RMS_TRY(rms_anytime_table(&table, page->cmp, group, times, n));
  int used = snprintf(options, sizeof options, "--view anytime --at ");
  for (size_t i = 0; i < n; i++)
    used += snprintf(options + used, sizeof options - (size_t)used, "%s%g", i ? "," : "", times[i]);
  rms_page_table(page, table, "Over time", options, group);
out:
  rms_table_free(table);
  return status;
}

static int add_group(struct rms_page *page, const char *group, struct rms_error *err)
{
  int status;
  struct rms_table *summary = NULL, *matrix = NULL;
  rms_html_element(page->text, "h3", *group ? group : "all instances");
  RMS_TRY(rms_summary_table(&summary, page->cmp, group));
  rms_page_table(page, summary, "Summary", "", group);
  RMS_TRY(rms_matrix_table(&matrix, page->cmp, group));
  rms_page_table(page, matrix, "Solvers by instances", "--view matrix", group);
  RMS_TRY(add_proof(page, group));
  RMS_TRY(add_pairs(page, group, err));
  RMS_TRY(add_anytime(page, group));
out:
  rms_table_free(matrix);
  rms_table_free(summary);
  return status;
}

int rms_page_groups(struct rms_page *page, struct rms_error *err)
{
  int status = RMS_OK;
  const size_t n = page->cmp->n_groups;
  for (size_t i = 0; i < n && i < RMS_REPORT_GROUPS; i++)
    RMS_TRY(add_group(page, page->cmp->groups[i], err));
  if (n > RMS_REPORT_GROUPS)
    rms_page_say(page, "%zu more groups are left out here; rms table shows them.",
                 n - RMS_REPORT_GROUPS);
out:
  return status;
}
