/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/base/status.h"

const char *rms_status_text(int status)
{
#define RMS_STATUS_CASE(name, value, text)                                                         \
  case name: return text;
  switch (status) {
    RMS_STATUS_MAP(RMS_STATUS_CASE)
  default: return "unknown status";
  }
}
