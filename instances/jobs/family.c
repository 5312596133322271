/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/family.h"

#include "instances/jobs/check.h"
#include "instances/jobs/files.h"
#include "instances/jobs/gantt.h"
#include "instances/jobs/generate.h"
#include "instances/jobs/metrics.h"
#include "instances/jobs/recipe.h"

static void free_instance(struct rms_instance *inst)
{
  rms_jobs_free((struct rms_jobs *)(void *)inst);
}

const struct rms_family rms_family_jobs = {
    .name = "jobs",
    .doc = "Training jobs arrive one by one: cut the machines and place the jobs so that they are "
           "complete early.",
    .right = "the timeline is legal and every job is complete, once",
    .n_objectives = 2,
    .objective = {.name = "mean JCT", .unit = "s"},
    .objective_step = 0,
    .read = rms_jobs_read,
    .parse = rms_jobs_parse,
    .generate = rms_jobs_generate,
    .expand = rms_jobs_expand,
    .identify = rms_jobs_identify,
    .option_at = rms_jobs_option_at,
    .list_sets = rms_jobs_list_sets,
    .free_instance = free_instance,
    .write = rms_jobs_write,
    .check = rms_jobs_check,
    .plan_write = rms_jobs_plan_file_write,
    .plan_read = rms_jobs_plan_file_read,
    .metrics = rms_jobs_write_metrics,
    .draw_text = rms_jobs_draw_text,
    .draw_svg = rms_jobs_draw_svg,
    .features = rms_jobs_features,
    .is_hopeless = rms_jobs_is_hopeless,
};
