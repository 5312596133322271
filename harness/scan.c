/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 8, DIGITS_MAX = 18 };

struct cursor {
  const char *at, *end;
};

static bool take(struct cursor *c, char wanted)
{
  const bool is_there = c->at < c->end && *c->at == wanted;
  c->at += is_there;
  return is_there;
}

static void skip_blanks(struct cursor *c)
{
  while (c->at < c->end && *c->at == ' ') c->at++;
}

/* ---- values ---- */

static bool skip_escape(struct cursor *c)
{
  if (!take(c, 'u')) return c->at < c->end && *c->at && strchr("\"\\/bfnrt", *c->at++);
  for (int i = 0; i < 4; i++, c->at++)
    if (c->at >= c->end || !strchr("0123456789abcdefABCDEF", *c->at) || !*c->at) return false;
  return true;
}

/* *span: what is between the quotes; its `at` is NULL when something is escaped. */
static bool take_string(struct cursor *c, struct rms_span *span)
{
  bool is_escaped = false;
  if (!take(c, '"')) return false;
  const char *const begin = c->at;
  while (c->at < c->end && *c->at != '"') {
    const unsigned char byte = (unsigned char)*c->at;
    if (byte >= 0x20 && byte < 0x80 && byte != '\\') { /* most are */
      c->at++;
      continue;
    }
    if (byte < 0x20) return false;
    if (byte == '\\') {
      is_escaped = true;
      c->at++;
      if (!skip_escape(c)) return false;
      continue;
    }
    const size_t length = rms_utf8_length(c->at, (size_t)(c->end - c->at));
    if (!length) return false;
    c->at += length;
  }
  *span = (struct rms_span){is_escaped ? NULL : begin, (size_t)(c->at - begin)};
  return take(c, '"');
}

static size_t skip_digits(struct cursor *c)
{
  const char *const begin = c->at;
  while (c->at < c->end && *c->at >= '0' && *c->at <= '9') c->at++;
  return (size_t)(c->at - begin);
}

static bool skip_number(struct cursor *c)
{
  take(c, '-');
  const bool is_zero = c->at < c->end && *c->at == '0';
  const size_t n = skip_digits(c);
  if (!n || (is_zero && n > 1)) return false;
  if (take(c, '.') && !skip_digits(c)) return false;
  if (!take(c, 'e') && !take(c, 'E')) return true;
  if (!take(c, '-')) take(c, '+');
  return skip_digits(c) > 0;
}

static bool take_word(struct cursor *c, const char *word)
{
  const size_t n = strlen(word);
  if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0) return false;
  c->at += n;
  return true;
}

static bool skip_value(struct cursor *c, int depth);

static bool skip_items(struct cursor *c, char end, int depth)
{
  struct rms_span key;
  c->at++;
  skip_blanks(c);
  if (take(c, end)) return true;
  do {
    skip_blanks(c);
    if (end == '}' && (!take_string(c, &key) || !take(c, ':'))) return false;
    skip_blanks(c);
    if (!skip_value(c, depth + 1)) return false;
    skip_blanks(c);
  } while (take(c, ','));
  return take(c, end);
}

/* Recursion: at most DEPTH_MAX. */
static bool skip_value(struct cursor *c, int depth)
{
  struct rms_span text;
  if (c->at >= c->end || depth > DEPTH_MAX) return false;
  switch (*c->at) {
  case '"': return take_string(c, &text);
  case '{': return skip_items(c, '}', depth);
  case '[': return skip_items(c, ']', depth);
  case 'n': return take_word(c, "null");
  case 't': return take_word(c, "true");
  case 'f': return take_word(c, "false");
  default: return skip_number(c);
  }
}

/* ---- members ---- */

struct member {
  struct rms_span key, text; /* text.at NULL: no plain string */
  const char *begin, *value, *end;
};

/* The next member of an object that has been entered: 1; 0: its end; -1: neither. */
static int take_member(struct cursor *c, bool is_first, struct member *m)
{
  m->begin = c->at;
  if (take(c, '}')) return 0;
  if ((!is_first && !take(c, ',')) || !take_string(c, &m->key) || !m->key.at || !take(c, ':'))
    return -1;
  m->value = c->at;
  m->text = (struct rms_span){0};
  const bool is_good =
      c->at < c->end && *c->at == '"' ? take_string(c, &m->text) : skip_value(c, 0);
  m->end = c->at;
  return is_good ? 1 : -1;
}

static bool is(struct rms_span span, const char *word)
{
  return span.at && span.n == strlen(word) && memcmp(span.at, word, span.n) == 0;
}

static bool read_hash(const struct member *m, struct rms_hash *hash)
{
  char digits[RMS_HASH_TEXT];
  if (!m->text.at || m->text.n != sizeof digits - 1) return false;
  memcpy(digits, m->text.at, m->text.n);
  digits[m->text.n] = 0;
  return rms_hash_parse(digits, hash) == RMS_OK;
}

static bool read_whole(const struct member *m, int64_t least, int64_t *value)
{
  int64_t sum = 0;
  if (m->end - m->value > DIGITS_MAX) return false;
  for (const char *at = m->value; at < m->end; at++) {
    if (*at < '0' || *at > '9') return false;
    sum = 10 * sum + (*at - '0');
  }
  *value = sum;
  return sum >= least;
}

/* The text goes on behind the number, with a comma or a brace. */
static bool read_double(const struct member *m, double *value)
{
  char *end = NULL;
  *value = NAN;
  if (*m->value == 'n') return true;
  if (*m->value != '-' && (*m->value < '0' || *m->value > '9')) return false;
  *value = strtod(m->value, &end);
  return end == m->end && isfinite(*value);
}

static bool read_word(const struct member *m, char word[32])
{
  if (!m->text.at || m->text.n >= 32) return false;
  memcpy(word, m->text.at, m->text.n);
  word[m->text.n] = 0;
  return true;
}

/* ---- lines ---- */

static bool read_env(const struct member *env, struct rms_scan *scan)
{
  struct cursor c = {env->value, env->end};
  struct member m;
  bool has_attempt = false, has_rank = false, is_good = true;
  int got = take(&c, '{') ? 1 : -1;
  for (bool is_first = true; got == 1 && is_good; is_first = false) {
    got = take_member(&c, is_first, &m);
    if (got < 1) break;
    if (is(m.key, "attempt"))
      is_good = has_attempt = read_whole(&m, 1, &scan->attempt);
    else if (is(m.key, "rank"))
      is_good = has_rank = read_whole(&m, 0, &scan->rank);
    else if (is(m.key, "wall"))
      is_good = read_double(&m, &scan->wall);
    else if (is(m.key, "started"))
      is_good = read_double(&m, &scan->started);
    else if (is(m.key, "launch"))
      scan->launch = m.text;
  }
  return is_good && got == 0 && has_attempt && has_rank && scan->launch.at;
}

/* What is in front of `env`. Metrics are read and written anew by the complete reader. */
static bool read_field(const struct member *m, struct rms_scan *scan, bool *has_claim)
{
  const struct {
    const char *name;
    struct rms_span *span;
  } texts[] = {{"instance", &scan->instance},
               {"group", &scan->group},
               {"label", &scan->label},
               {"verdict", &scan->verdict}};
  char word[32];
  enum rms_claim_kind claim;
  if (is(m->key, "end")) return read_word(m, word) && rms_end_parse(word, &scan->end) == RMS_OK;
  if (is(m->key, "claim"))
    return *has_claim = read_word(m, word) && rms_claim_parse(word, &claim) == RMS_OK;
  if (is(m->key, "mode")) {
    scan->is_work_limited = is(m->text, "work");
    return scan->is_work_limited || is(m->text, "time");
  }
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (is(m->key, texts[i].name)) *texts[i].span = m->text;
  return !is(m->key, "metrics");
}

static bool scan_run(struct cursor *c, const char *line, struct rms_scan *scan)
{
  struct member m;
  bool has_claim = false, has_env = false;
  int got;
  while ((got = take_member(c, false, &m)) == 1 && !has_env) {
    has_env = is(m.key, "env");
    if (has_env) scan->content = (struct rms_span){line, (size_t)(m.begin - line)};
    if (has_env ? !read_env(&m, scan) : !read_field(&m, scan, &has_claim)) return false;
  }
  return got == 0 && has_env && has_claim && scan->verdict.at && scan->label.at && scan->group.at &&
         scan->instance.at;
}

static bool scan_start(struct cursor *c, struct rms_scan *scan)
{
  struct member m;
  bool has_attempt = false;
  int got;
  while ((got = take_member(c, false, &m)) == 1) {
    const bool is_attempt = is(m.key, "attempt");
    has_attempt = has_attempt || is_attempt;
    if (is_attempt ? !read_whole(&m, 1, &scan->attempt)
                   : !is(m.key, "started") || !read_double(&m, &scan->started))
      return false;
  }
  return got == 0 && has_attempt;
}

bool rms_scan_line(const char *line, size_t n, struct rms_scan *scan)
{
  static const char *const kinds[] = {"run", "start", "lost"};
  struct cursor c = {line, line + n};
  struct rms_scan result = {.started = NAN, .wall = NAN, .end = RMS_END_COUNT};
  struct member type, job;
  size_t kind = 0;
  if (!take(&c, '{') || take_member(&c, true, &type) != 1 || !is(type.key, "type") ||
      take_member(&c, false, &job) != 1 || !is(job.key, "job") || !read_hash(&job, &result.job))
    return false;
  while (kind < 3 && !is(type.text, kinds[kind])) kind++;
  if (kind == 3) return false;
  result.kind = (enum rms_scan_kind)kind;
  if (kind == RMS_SCAN_RUN) {
    if (!scan_run(&c, line, &result) || result.end == RMS_END_COUNT) return false;
  } else if (!scan_start(&c, &result)) {
    return false;
  }
  if (c.at != c.end) return false;
  *scan = result;
  return true;
}
