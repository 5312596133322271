/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/base/excerpt.h"

#include <string.h>

static const char nothing[] = "null";

struct span {
  const char *bytes;
  size_t n, at;
};

static void pass_space(struct span *s)
{
  while (s->at < s->n && memchr(" \t\r\n", s->bytes[s->at], 4)) s->at++;
}

static bool pass_byte(struct span *s, char wanted)
{
  pass_space(s);
  if (s->at >= s->n || s->bytes[s->at] != wanted) return false;
  s->at++;
  return true;
}

/* From the opening quote to behind the closing one. */
static bool pass_string(struct span *s)
{
  for (s->at++; s->at < s->n; s->at++) {
    if (s->bytes[s->at] == '"') {
      s->at++;
      return true;
    }
    if (s->bytes[s->at] == '\\') s->at++;
  }
  return false;
}

static bool pass_brackets(struct span *s)
{
  size_t depth = 0;
  while (s->at < s->n) {
    const char c = s->bytes[s->at];
    if (c == '"') {
      if (!pass_string(s)) return false;
      continue;
    }
    s->at++;
    if (c == '{' || c == '[') depth++;
    if ((c == '}' || c == ']') && --depth == 0) return true;
  }
  return false;
}

static bool pass_value(struct span *s)
{
  if (s->at >= s->n) return false;
  if (s->bytes[s->at] == '"') return pass_string(s);
  if (s->bytes[s->at] == '{' || s->bytes[s->at] == '[') return pass_brackets(s);
  const size_t from = s->at;
  while (s->at < s->n && !memchr(",}] \t\r\n", s->bytes[s->at], 7)) s->at++;
  return s->at > from;
}

static bool is_kept(const char *name, size_t n, const char *const *keep)
{
  for (; *keep; keep++)
    if (strlen(*keep) == n && memcmp(*keep, name, n) == 0) return true;
  return false;
}

/* A field: its value is s->bytes[*from] to s->bytes[s->at - 1]. */
static bool pass_field(struct span *s, const char *const *keep, size_t *from, bool *kept)
{
  pass_space(s);
  if (s->at >= s->n || s->bytes[s->at] != '"') return false;
  const size_t name = s->at + 1;
  if (!pass_string(s)) return false;
  *kept = is_kept(s->bytes + name, s->at - 1 - name, keep);
  if (!pass_byte(s, ':')) return false;
  pass_space(s);
  *from = s->at;
  return pass_value(s);
}

/* Walks over the object and, when `into` is there, writes the excerpt to it. False: no object. */
static bool walk(const char *bytes, size_t n, const char *const *keep, char *into, size_t *written)
{
  struct span s = {.bytes = bytes, .n = n};
  size_t done = 0, from = 0, w = 0; /* w <= done: it may be the same memory */
  bool kept = false, is_closed = false;
  if (!pass_byte(&s, '{')) return false;
  while (!is_closed) {
    if (!pass_field(&s, keep, &from, &kept)) return false;
    if (into && !kept && s.at - from > strlen(nothing)) {
      memmove(into + w, bytes + done, from - done);
      w += from - done;
      memcpy(into + w, nothing, strlen(nothing));
      w += strlen(nothing);
      done = s.at;
    }
    is_closed = pass_byte(&s, '}');
    if (!is_closed && !pass_byte(&s, ',')) return false;
  }
  if (into) memmove(into + w, bytes + done, n - done);
  *written = w + n - done;
  return true;
}

/* Twice: the bytes change only when the whole is an object. */
void rms_excerpt(char *bytes, size_t *n, const char *const *keep)
{
  size_t written;
  if (walk(bytes, *n, keep, NULL, &written) && walk(bytes, *n, keep, bytes, &written)) *n = written;
}

/* Fields of `keep`, each counted once, as duplicates are for the parser to refuse. */
bool rms_excerpt_head(char *bytes, size_t *n, const char *const *keep)
{
  struct span s = {.bytes = bytes, .n = *n};
  size_t left = 0, from;
  while (keep[left]) left++;
  if (!pass_byte(&s, '{')) return false;
  while (left > 0) {
    bool kept = false;
    /* a value that ends with the bytes may go on */
    if (!pass_field(&s, keep, &from, &kept) || s.at == s.n) return false;
    left -= kept;
    if (left > 0 && !pass_byte(&s, ',')) return false;
  }
  bytes[s.at] = '}';
  *n = s.at + 1;
  rms_excerpt(bytes, n, keep);
  bytes[*n] = 0;
  return true;
}
