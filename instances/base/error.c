/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "instances/base/text.h"

/* Parts of the text come from files: nothing of them may drive a terminal or break a line. */
static void make_plain(char *text)
{
  size_t n = strlen(text);
  const bool is_cut = n == RMS_ERROR_TEXT - 1;
  for (size_t i = 0; i < n;) {
    const size_t length = rms_utf8_length(text + i, n - i);
    if (length && rms_utf8_is_plain(text + i, length)) {
      i += length;
    } else if (is_cut && n - i < 4 && (text[i] & 0xc0) == 0xc0) {
      text[i] = 0; /* a character that the end of the buffer has cut */
      return;
    } else {
      text[i++] = '?';
    }
  }
}

int rms_error_set(struct rms_error *err, int status, const char *fmt, ...)
{
  if (!err) return status;
  char text[RMS_ERROR_TEXT]; /* an argument may point into err->text */
  va_list args;
  va_start(args, fmt);
  const int n = vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  if (n < 0) snprintf(text, sizeof text, "%s", rms_status_text(status));
  make_plain(text);
  err->status = status;
  memcpy(err->text, text, sizeof err->text);
  return status;
}

int rms_error_where(struct rms_error *err, const char *fmt, ...)
{
  if (!err || !err->status) return RMS_E_INTERNAL;
  char where[RMS_ERROR_TEXT];
  va_list args;
  va_start(args, fmt);
  const int n = vsnprintf(where, sizeof where, fmt, args);
  va_end(args);
  if (n < 0) return err->status;
  return rms_error_set(err, err->status, "%s: %s", where, err->text);
}
