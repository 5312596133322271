/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/conformance/cases.h"

#include <string.h>

const struct rms_kit_cases *rms_kit_cases_find(const char *family)
{
  static const struct rms_kit_cases *const all[] = {&rms_kit_cases_serve, &rms_kit_cases_jobs};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (strcmp(all[i]->family, family) == 0) return all[i];
  return NULL;
}
