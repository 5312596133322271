/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/family.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instances/base/file.h"
#include "instances/base/json.h"
#include "instances/jobs/jobs.h"
#include "instances/serve/serve.h"

static const struct rms_family *const families[] = {&rms_family_serve, &rms_family_jobs};
enum { N_FAMILIES = sizeof families / sizeof families[0] };

const struct rms_family *rms_family_at(size_t i)
{
  return i < N_FAMILIES ? families[i] : NULL;
}

const struct rms_family *rms_family_find(const char *name)
{
  for (size_t i = 0; i < N_FAMILIES; i++)
    if (strcmp(families[i]->name, name) == 0) return families[i];
  return NULL;
}

struct rms_objective rms_family_objective(const char *name)
{
  const struct rms_family *const family = rms_family_find(name);
  return family ? family->objective : (struct rms_objective){.name = "objective", .unit = ""};
}

static void list_families(char *text, size_t size)
{
  text[0] = '\0';
  for (size_t i = 0; i < N_FAMILIES; i++) {
    const size_t used = strlen(text);
    const char *const name = families[i]->name;
    if (used + strlen(name) + 3 > size) return;
    memcpy(text + used, i ? ", " : "", i ? 3 : 1);
    memcpy(text + used + (i ? 2 : 0), name, strlen(name) + 1);
  }
}

/* FAMILY:SPEC names a generated instance; *spec is what follows the colon. */
static const struct rms_family *family_of_spec(const char *reference, const char **spec)
{
  const char *const colon = strchr(reference, ':');
  if (!colon) return NULL;
  const size_t n = (size_t)(colon - reference);
  for (size_t i = 0; i < N_FAMILIES; i++) {
    if (strncmp(families[i]->name, reference, n) != 0 || families[i]->name[n]) continue;
    *spec = colon + 1;
    return families[i];
  }
  return NULL;
}

/* ---- which family is a file of? ----------------------------------------------------------------
 * Files are large, so the "family" field of the outermost object is looked up by a scanner of
 * strings and braces and the file is parsed once, by its family. The scanner decides nothing: the
 * family's reader checks the field again. */
struct scan {
  const char *at, *end;
};

/* at: after the opening quote; returns the string's bytes and moves behind the closing quote. */
static const char *scan_string(struct scan *s, size_t *n)
{
  const char *const start = s->at;
  while (s->at < s->end && *s->at != '"') s->at += *s->at == '\\' ? 2 : 1;
  if (s->at >= s->end) return NULL;
  *n = (size_t)(s->at++ - start);
  return start;
}

static void scan_blanks(struct scan *s)
{
  while (s->at < s->end && strchr(" \t\r\n", *s->at)) s->at++;
}

static bool is_field(struct scan *s, const char *text, size_t n, const char *name)
{
  if (n != strlen(name) || memcmp(text, name, n) != 0) return false;
  scan_blanks(s);
  if (s->at >= s->end || *s->at != ':') return false;
  s->at++;
  scan_blanks(s);
  if (s->at >= s->end || *s->at != '"') return false;
  s->at++;
  return true;
}

static const struct rms_family *family_of_text(const char *bytes, size_t n)
{
  struct scan s = {.at = bytes, .end = bytes + n};
  size_t depth = 0;
  while (s.at < s.end) {
    const char c = *s.at++;
    if (c == '{' || c == '[') depth++;
    if (c == '}' || c == ']') depth--;
    if (c != '"') continue;
    size_t length = 0;
    const char *text = scan_string(&s, &length);
    if (!text) return NULL;
    if (depth != 1 || !is_field(&s, text, length, "family")) continue;
    text = scan_string(&s, &length);
    for (size_t i = 0; text && i < N_FAMILIES; i++)
      if (strlen(families[i]->name) == length && memcmp(families[i]->name, text, length) == 0)
        return families[i];
    return NULL;
  }
  return NULL;
}

/* The scanner found no family: parse, for the sentence that says what is wrong. */
static int family_error(const char *bytes, size_t n, const char *path, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_document *doc = NULL;
  const char *name = NULL;
  char known[256];

  RMS_TRY(rms_document_parse(&doc, bytes, n, path, err));
  const struct rms_node root = rms_document_root(doc);
  RMS_TRY(rms_node_get_string(&root, "family", 1, RMS_NAME_MAX, &name, err));
  struct rms_node node;
  RMS_TRY(rms_node_get(&root, "family", &node, err));
  list_families(known, sizeof known);
  status = rms_node_error(&node, err, "is \"%s\", must be one of: %s", name, known);
out:
  rms_document_free(doc);
  return status;
}

static int open_file(struct rms_instance **result, const char *path, struct rms_error *err)
{
  char *bytes = NULL;
  size_t n = 0;
  int status = rms_file_read(path, RMS_JSON_FILE_MAX, &bytes, &n, err);
  if (status < 0) return status;
  const struct rms_family *const family = family_of_text(bytes, n);
  status = family ? family->parse(result, bytes, n, path, err) : family_error(bytes, n, path, err);
  free(bytes);
  return status;
}

/* "word:..." that is no file */
static bool is_spec_of_nobody(const char *reference)
{
  const size_t n = strcspn(reference, ":/.");
  return n > 0 && reference[n] == ':' && access(reference, F_OK) != 0;
}

static int unknown_family(const char *reference, struct rms_error *err)
{
  char known[64];
  list_families(known, sizeof known);
  return rms_error_set(err, RMS_E_UNKNOWN, "%s: no such file, and \"%.*s\" is no family (%s)",
                       reference, (int)strcspn(reference, ":"), reference, known);
}

int rms_instance_open(struct rms_instance **result, const char *reference, struct rms_error *err)
{
  const char *spec = NULL;
  const struct rms_family *const family = family_of_spec(reference, &spec);
  if (!family && is_spec_of_nobody(reference)) return unknown_family(reference, err);
  if (!family) return open_file(result, reference, err);
  if (!family->generate)
    return rms_error_set(err, RMS_E_UNSUPPORTED, "%s: family %s has no generator", reference,
                         family->name);
  return family->generate(result, spec, err);
}

void rms_instance_free(struct rms_instance *inst)
{
  if (inst) inst->family->free_instance(inst);
}

/* Member `name` of the features, when it is a number. */
static int feature_of(const struct rms_instance *inst, const char *name, double *value,
                      struct rms_error *err)
{
  int status;
  bool found = false;
  struct rms_text text = {0};
  struct rms_document *doc = NULL;
  struct rms_node root, node;
  RMS_TRY(inst->family->features(inst, &text));
  RMS_TRY(rms_document_parse(&doc, text.data, text.length, "features", err));
  root = rms_document_root(doc);
  RMS_TRY(rms_node_find(&root, name, &node, &found, err));
  if (found)
    RMS_TRY(rms_node_double(&node, -DBL_MAX, DBL_MAX, value, err));
  else
    status = rms_error_set(err, RMS_E_UNKNOWN, "%.100s: neither an option nor a feature '%.40s'",
                           inst->name, name);
out:
  rms_document_free(doc);
  rms_text_fini(&text);
  return status;
}

int rms_instance_number(const char *reference, const char *name, double *value,
                        struct rms_error *err)
{
  const char *spec = NULL;
  struct rms_instance *inst = NULL;
  const struct rms_family *const family = family_of_spec(reference, &spec);
  int status = RMS_E_UNKNOWN;
  if (family && family->setting) status = family->setting(spec, name, value, err);
  if (status != RMS_E_UNKNOWN) return status;
  RMS_TRY(rms_instance_open(&inst, reference, err));
  RMS_TRY(feature_of(inst, name, value, err));
out:
  rms_instance_free(inst);
  return status;
}

int rms_instance_hash(const struct rms_instance *inst, struct rms_hash *hash)
{
  struct rms_text text = {0};
  int status = inst->family->write(inst, &text);
  if (status == RMS_OK) status = rms_text_status(&text);
  if (status == RMS_OK) *hash = rms_hash_bytes(text.data, text.length);
  rms_text_fini(&text);
  return status;
}
