/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/family.h"

#include "instances/serve/check.h"
#include "instances/serve/draw.h"
#include "instances/serve/files.h"
#include "instances/serve/generate.h"
#include "instances/serve/options.h"
#include "instances/serve/sets.h"

static void free_instance(struct rms_instance *inst)
{
  rms_serve_free((struct rms_serve *)(void *)inst);
}

const struct rms_family rms_family_serve = {
    .name = "serve",
    .doc = "Cut machines and give slices to services so that every demand is met at least cost.",
    .right = "the plan is legal and every demand is met",
    .n_objectives = 1,
    .objective = {.name = "machines (cost)", .unit = ""},
    .objective_step = 1,
    .read = rms_serve_read,
    .parse = rms_serve_parse,
    .generate = rms_serve_generate,
    .expand = rms_serve_expand,
    .identify = rms_serve_identify,
    .setting = rms_serve_setting,
    .option_at = rms_serve_option_at,
    .list_sets = rms_serve_list_sets,
    .free_instance = free_instance,
    .write = rms_serve_write,
    .check = rms_serve_check,
    .plan_write = rms_serve_plan_file_write,
    .plan_read = rms_serve_plan_file_read,
    .draw_text = rms_serve_draw_text,
    .draw_svg = rms_serve_draw_svg,
    .features = rms_serve_features,
    .is_hopeless = rms_serve_is_hopeless,
};
