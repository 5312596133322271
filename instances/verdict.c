/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdicts and claims: what every checker fills in, whatever its family. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "instances/family.h"

static const char *const verdict_texts[RMS_VERDICT_COUNT] = {
#define VERDICT_TEXT(name, text) [name] = (text),
    RMS_VERDICT_MAP(VERDICT_TEXT)
#undef VERDICT_TEXT
};

const char *rms_verdict_text(enum rms_verdict_kind kind)
{
  const size_t i = (size_t)kind;
  return i < RMS_VERDICT_COUNT ? verdict_texts[i] : "unknown verdict";
}

int rms_verdict_parse(const char *text, enum rms_verdict_kind *kind)
{
  for (size_t i = 0; i < RMS_VERDICT_COUNT; i++) {
    if (strcmp(text, verdict_texts[i]) != 0) continue;
    *kind = (enum rms_verdict_kind)i;
    return RMS_OK;
  }
  return RMS_E_FORMAT;
}

void rms_verdict_set(struct rms_verdict *verdict, enum rms_verdict_kind kind, const char *fmt, ...)
{
  va_list args;
  verdict->kind = kind;
  va_start(args, fmt);
  vsnprintf(verdict->why, sizeof verdict->why, fmt, args);
  va_end(args);
}

bool rms_claim_is_infeasible(const struct rms_claim *claim)
{
  return claim && isinf(claim->objective[0]) && claim->objective[0] > 0;
}
