/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/record.h"

#include <string.h>

#define TEXT_OF(name, text) [name] = text,
static const char *const end_texts[] = {RMS_END_MAP(TEXT_OF)};
static const char *const claim_texts[] = {RMS_CLAIM_MAP(TEXT_OF)};

const char *rms_end_text(enum rms_end end)
{
  return end < RMS_END_COUNT ? end_texts[end] : "unknown";
}

const char *rms_claim_text(enum rms_claim_kind claim)
{
  return claim < RMS_CLAIM_COUNT ? claim_texts[claim] : "unknown";
}

int rms_end_parse(const char *text, enum rms_end *end)
{
  for (int i = 0; i < RMS_END_COUNT; i++) {
    if (strcmp(text, end_texts[i])) continue;
    *end = (enum rms_end)i;
    return RMS_OK;
  }
  return RMS_E_FORMAT;
}

int rms_claim_parse(const char *text, enum rms_claim_kind *claim)
{
  for (int i = 0; i < RMS_CLAIM_COUNT; i++) {
    if (strcmp(text, claim_texts[i])) continue;
    *claim = (enum rms_claim_kind)i;
    return RMS_OK;
  }
  return RMS_E_FORMAT;
}
