/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/ini.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "instances/base/text.h"

struct input {
  const char *at, *end, *origin;
  int line; /* of the line that the parser has in its hands */
  bool is_indented;
  rms_ini_fn *each;
  void *ctx;
  struct rms_error *err;
  int status;
  /* a value that goes on */
  char section[64], key[64];
  struct rms_text value;
  int value_line;
};

static int fail(struct input *in, int status)
{
  in->status = status;
  rms_error_where(in->err, "%s:%d", in->origin, in->line);
  return status;
}

/* One line, as fgets would give it. */
static char *read_line(char *buffer, int size, void *stream)
{
  struct input *in = stream;
  if (in->at == in->end || in->status) return NULL;
  const char *newline = memchr(in->at, '\n', (size_t)(in->end - in->at));
  const size_t n = (size_t)((newline ? newline + 1 : in->end) - in->at);
  in->line++;
  in->is_indented = *in->at == ' ' || *in->at == '\t';
  if (n >= (size_t)size || memchr(in->at, 0, n)) {
    fail(in,
         rms_error_set(in->err, RMS_E_FORMAT,
                       n >= (size_t)size
                           ? "line is longer than %d bytes; end a part of the value with ',' and "
                             "go on in the next line, indented"
                           : "line has a byte 0 within %d bytes",
                       size - 1));
    return NULL;
  }
  memcpy(buffer, in->at, n);
  buffer[n] = 0;
  in->at += n;
  return buffer;
}

/* Hand over the value that has been collected, if there is one. */
static int flush(struct input *in)
{
  if (in->status || !in->value_line) return in->status;
  const struct rms_ini_pair pair = {in->section, in->key, in->value.length ? in->value.data : "",
                                    in->value_line};
  const int line = in->line;
  in->line = in->value_line;
  if (rms_text_status(&in->value))
    fail(in, rms_error_set(in->err, RMS_E_NOMEM, "out of memory"));
  else if ((in->status = in->each(in->ctx, &pair, in->err)))
    fail(in, in->status);
  in->line = line;
  in->value_line = 0;
  return in->status;
}

static int handle(void *user, const char *section, const char *key, const char *value)
{
  struct input *in = user;
  const bool goes_on = in->value_line && in->is_indented && in->value.length &&
                       in->value.data[in->value.length - 1] == ',' && !strcmp(key, in->key);
  if (!goes_on) {
    if (flush(in)) return 0;
    rms_text_clear(&in->value);
    in->value_line = in->line;
    snprintf(in->section, sizeof in->section, "%s", section);
    snprintf(in->key, sizeof in->key, "%s", key);
  }
  rms_text_add(&in->value, value);
  return in->status == RMS_OK;
}

int rms_ini_read(const char *bytes, size_t n, const char *origin, rms_ini_fn *each, void *ctx,
                 struct rms_error *err)
{
  struct input in = {
      .at = bytes, .end = bytes + n, .origin = origin, .each = each, .ctx = ctx, .err = err};
  const int line = ini_parse_stream(read_line, &in, handle, &in);
  if (!in.status && line) {
    in.line = line;
    fail(&in, line < 0 ? rms_error_set(err, RMS_E_NOMEM, "out of memory")
                       : rms_error_set(err, RMS_E_FORMAT, "is neither [section] nor key = value"));
  }
  if (!in.status) flush(&in);
  rms_text_fini(&in.value);
  return in.status;
}
