/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/base/json.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "instances/base/excerpt.h"
#include "instances/base/file.h"
#include "instances/base/text.h"

enum { PATH_DEPTH = 64, PATH_TEXT = 384, EXCERPT_TEXT = 64, EXCERPT_BYTES = 40, KEY_BYTES = 48 };

struct rms_document {
  json_t *root;
  char *origin;
};

/* jansson's iterators want a pointer to something that they do not change. */
static json_t *json_of(const struct rms_node *node)
{
  json_t *value;
  memcpy(&value, &node->value, sizeof value);
  return value;
}

int rms_document_parse(struct rms_document **result, const char *bytes, size_t n,
                       const char *origin, struct rms_error *err)
{
  int status = RMS_OK;
  json_error_t why = {.text = ""};
  struct rms_document *doc = calloc(1, sizeof *doc);
  if (!doc) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", origin));
  doc->origin = strdup(origin);
  if (!doc->origin) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", origin));
  if (n > RMS_JSON_FILE_MAX)
    RMS_TRY(rms_error_set(err, RMS_E_LIMIT, "%s: is larger than the limit of %zu bytes", origin,
                          RMS_JSON_FILE_MAX));
  doc->root = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, &why);
  if (!doc->root && json_error_code(&why) == json_error_out_of_memory)
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", origin));
  if (!doc->root)
    RMS_TRY(rms_error_set(err, RMS_E_FORMAT, "%s:%d:%d: is not JSON: %s", origin, why.line,
                          why.column, why.text));
  *result = doc;
  doc = NULL;
out:
  rms_document_free(doc);
  return status;
}

int rms_document_open_excerpt(struct rms_document **result, const char *path,
                              const char *const *keep, struct rms_error *err)
{
  char *bytes = NULL;
  size_t n = 0;
  int status = rms_file_read(path, RMS_JSON_FILE_MAX, &bytes, &n, err);
  if (!status && keep) rms_excerpt(bytes, &n, keep);
  if (!status) status = rms_document_parse(result, bytes, n, path, err);
  free(bytes);
  return status;
}

/* Up to `most` first bytes; 0: none can be read, and somebody else shall say why. */
static size_t read_head(const char *path, char *bytes, size_t most)
{
  struct stat st; /* a pipe can be read once only */
  FILE *file = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "rb") : NULL;
  const size_t n = file ? fread(bytes, 1, most, file) : 0;
  if (file) fclose(file);
  return n;
}

int rms_document_open_head(struct rms_document **result, const char *path, const char *const *keep,
                           struct rms_error *err)
{
  enum { HEAD = 1 << 16 };
  char *bytes = malloc(HEAD + 2);
  if (!bytes) return rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", path);
  size_t n = read_head(path, bytes, HEAD);
  const int status = rms_excerpt_head(bytes, &n, keep)
                         ? rms_document_parse(result, bytes, n, path, err)
                         : rms_document_open_excerpt(result, path, keep, err);
  free(bytes);
  return status;
}

int rms_document_open(struct rms_document **result, const char *path, struct rms_error *err)
{
  return rms_document_open_excerpt(result, path, NULL, err);
}

void rms_document_free(struct rms_document *doc)
{
  if (!doc) return;
  json_decref(doc->root);
  free(doc->origin);
  free(doc);
}

struct rms_node rms_document_root(const struct rms_document *doc)
{
  return (struct rms_node){.doc = doc, .value = doc->root};
}

/* ---- messages ----------------------------------------------------------------------------------
 */

struct path {
  size_t length;
  char text[PATH_TEXT];
};

__attribute__((format(printf, 2, 3))) static void path_add(struct path *path, const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  const int n = vsnprintf(path->text + path->length, sizeof path->text - path->length, fmt, args);
  va_end(args);
  if (n > 0) path->length += (size_t)n;
  if (path->length >= sizeof path->text) path->length = sizeof path->text - 1;
}

static bool is_word(const char *key)
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  const size_t n = strlen(key);
  return n && n <= KEY_BYTES && strspn(key, letters) == n;
}

/* The longest beginning of at most `max` bytes that ends between two characters. */
static int cut(const char *text, size_t max)
{
  size_t n = strnlen(text, max + 1);
  if (n > max)
    for (n = max; n && ((unsigned char)text[n] & 0xc0) == 0x80;) n--;
  return (int)n;
}

static void path_of(const struct rms_node *node, struct path *path)
{
  const struct rms_node *chain[PATH_DEPTH];
  size_t depth = 0;
  for (; node && node->parent && depth < PATH_DEPTH; node = node->parent) chain[depth++] = node;
  path_add(path, node && node->parent ? "..." : "$");
  while (depth--) {
    const char *key = chain[depth]->key;
    if (!key)
      path_add(path, "[%zu]", chain[depth]->index);
    else if (is_word(key))
      path_add(path, ".%s", key);
    else
      path_add(path, "[\"%.*s%s\"]", cut(key, KEY_BYTES), key,
               strlen(key) > KEY_BYTES ? "..." : "");
  }
}

int rms_node_error(const struct rms_node *node, struct rms_error *err, const char *fmt, ...)
{
  char text[RMS_ERROR_TEXT];
  struct path path = {0};
  va_list args;
  va_start(args, fmt);
  const int n = vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  if (n < 0) snprintf(text, sizeof text, "is wrong");
  path_of(node, &path);
  return rms_error_set(err, RMS_E_FORMAT, "%s: %s: %s", node->doc->origin, path.text, text);
}

/* What stands there, short: "many", 12, an array of 3 items. */
static const char *excerpt(const struct rms_node *node, char text[EXCERPT_TEXT])
{
  const json_t *value = json_of(node);
  switch (json_typeof(value)) {
  case JSON_STRING:
    snprintf(text, EXCERPT_TEXT, "\"%.*s%s\"", cut(json_string_value(value), EXCERPT_BYTES),
             json_string_value(value), json_string_length(value) > EXCERPT_BYTES ? "..." : "");
    break;
  case JSON_INTEGER:
    snprintf(text, EXCERPT_TEXT, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    break;
  case JSON_REAL: snprintf(text, EXCERPT_TEXT, "%.15g", json_real_value(value)); break;
  case JSON_ARRAY:
    snprintf(text, EXCERPT_TEXT, "an array of %zu items", json_array_size(value));
    break;
  case JSON_OBJECT:
    snprintf(text, EXCERPT_TEXT, "an object with %zu fields", json_object_size(value));
    break;
  case JSON_TRUE: snprintf(text, EXCERPT_TEXT, "true"); break;
  case JSON_FALSE: snprintf(text, EXCERPT_TEXT, "false"); break;
  case JSON_NULL: snprintf(text, EXCERPT_TEXT, "null"); break;
  }
  return text;
}

static int must_be_object(const struct rms_node *node, struct rms_error *err)
{
  char text[EXCERPT_TEXT];
  if (json_is_object(json_of(node))) return RMS_OK;
  return rms_node_error(node, err, "is %s, must be an object", excerpt(node, text));
}

/* ---- objects and arrays ------------------------------------------------------------------------
 */

static int unknown_field(const struct rms_node *node, const char *key, const char *const *names,
                         struct rms_error *err)
{
  const char *nearest = NULL;
  size_t best = 3; /* more edits than two is another word */
  char known[256] = "";
  size_t length = 0;
  for (; *names; names++) {
    const size_t distance = rms_text_distance(key, *names);
    if (distance < best) {
      best = distance;
      nearest = *names;
    }
    const int n =
        snprintf(known + length, sizeof known - length, "%s%s", length ? ", " : "", *names);
    if (n > 0 && length + (size_t)n < sizeof known) length += (size_t)n;
  }
  if (nearest)
    return rms_node_error(node, err, "unknown field \"%.*s\", did you mean \"%s\"?",
                          cut(key, KEY_BYTES), key, nearest);
  return rms_node_error(node, err, "unknown field \"%.*s\", known are: %.*s", cut(key, KEY_BYTES),
                        key, (int)length, known);
}

int rms_node_fields(const struct rms_node *node, const char *const *names, struct rms_error *err)
{
  const int status = must_be_object(node, err);
  if (status) return status;
  const char *key;
  json_t *value;
  json_object_foreach(json_of(node), key, value)
  {
    const char *const *name = names;
    while (*name && strcmp(*name, key)) name++;
    if (!*name) return unknown_field(node, key, names, err);
  }
  return RMS_OK;
}

static struct rms_node child_of(const struct rms_node *node, const char *key, size_t index,
                                const json_t *value)
{
  return (struct rms_node){
      .doc = node->doc, .parent = node, .key = key, .index = index, .value = value};
}

int rms_node_get(const struct rms_node *node, const char *name, struct rms_node *child,
                 struct rms_error *err)
{
  const int status = must_be_object(node, err);
  if (status) return status;
  const json_t *value = json_object_get(json_of(node), name);
  if (!value) return rms_node_error(node, err, "field \"%s\" is missing", name);
  *child = child_of(node, name, 0, value);
  return RMS_OK;
}

int rms_node_find(const struct rms_node *node, const char *name, struct rms_node *child,
                  bool *found, struct rms_error *err)
{
  const int status = must_be_object(node, err);
  if (status) return status;
  const json_t *value = json_object_get(json_of(node), name);
  *found = value && !json_is_null(value);
  if (*found) *child = child_of(node, name, 0, value);
  return RMS_OK;
}

bool rms_node_is_null(const struct rms_node *node)
{
  return json_is_null(json_of(node));
}

static int must_be_within(const struct rms_node *node, const char *what, size_t n, size_t lo,
                          size_t hi, struct rms_error *err)
{
  if (n >= lo && n <= hi) return RMS_OK;
  return rms_node_error(node, err, "has %zu %s, must have %zu to %zu", n, what, lo, hi);
}

int rms_node_array(const struct rms_node *node, size_t lo, size_t hi, size_t *n,
                   struct rms_error *err)
{
  char text[EXCERPT_TEXT];
  if (!json_is_array(json_of(node)))
    return rms_node_error(node, err, "is %s, must be an array", excerpt(node, text));
  const size_t size = json_array_size(json_of(node));
  const int status = must_be_within(node, "items", size, lo, hi, err);
  if (!status) *n = size;
  return status;
}

struct rms_node rms_node_item(const struct rms_node *node, size_t index)
{
  return child_of(node, NULL, index, json_array_get(json_of(node), index));
}

void *rms_node_first(const struct rms_node *node)
{
  return json_object_iter(json_of(node));
}

void *rms_node_next(const struct rms_node *node, void *iterator)
{
  return json_object_iter_next(json_of(node), iterator);
}

struct rms_node rms_node_member(const struct rms_node *node, void *iterator)
{
  return child_of(node, json_object_iter_key(iterator), 0, json_object_iter_value(iterator));
}

int rms_node_members(const struct rms_node *node, size_t lo, size_t hi, size_t *n,
                     struct rms_error *err)
{
  int status = must_be_object(node, err);
  if (status) return status;
  const size_t size = json_object_size(json_of(node));
  status = must_be_within(node, "fields", size, lo, hi, err);
  if (!status) *n = size;
  return status;
}

/* ---- scalars -----------------------------------------------------------------------------------
 */

int rms_node_string(const struct rms_node *node, size_t min, size_t max, const char **value,
                    struct rms_error *err)
{
  char text[EXCERPT_TEXT];
  const json_t *json = json_of(node);
  if (!json_is_string(json))
    return rms_node_error(node, err, "is %s, must be a string", excerpt(node, text));
  const size_t n = json_string_length(json);
  if (n < min || n > max)
    return rms_node_error(node, err, "is %s, must be a string of %zu to %zu bytes",
                          excerpt(node, text), min, max);
  if (!rms_utf8_is_plain(json_string_value(json), n))
    return rms_node_error(node, err, "is %s, must be a string without control characters",
                          excerpt(node, text));
  *value = json_string_value(json);
  return RMS_OK;
}

int rms_node_double(const struct rms_node *node, double lo, double hi, double *value,
                    struct rms_error *err)
{
  char text[EXCERPT_TEXT];
  const json_t *json = json_of(node);
  const double number = json_number_value(json);
  if (!json_is_number(json) || !(number >= lo && number <= hi))
    return rms_node_error(node, err, "is %s, must be a number in [%.15g, %.15g]",
                          excerpt(node, text), lo, hi);
  *value = number;
  return RMS_OK;
}

int rms_node_int(const struct rms_node *node, int64_t lo, int64_t hi, int64_t *value,
                 struct rms_error *err)
{
  char text[EXCERPT_TEXT];
  const json_t *json = json_of(node);
  int64_t number = json_integer_value(json);
  bool is_integer = json_is_integer(json);
  if (json_is_real(json)) { /* 1e6 and 3.0 are integers too, as far as doubles are exact */
    const double real = json_real_value(json);
    is_integer = fabs(real) <= 0x1p53 && real == floor(real);
    if (is_integer) number = (int64_t)real;
  }
  if (!is_integer || number < lo || number > hi)
    return rms_node_error(node, err, "is %s, must be a whole number in [%lld, %lld]",
                          excerpt(node, text), (long long)lo, (long long)hi);
  *value = number;
  return RMS_OK;
}

int rms_node_bool(const struct rms_node *node, bool *value, struct rms_error *err)
{
  char text[EXCERPT_TEXT];
  if (!json_is_boolean(json_of(node)))
    return rms_node_error(node, err, "is %s, must be true or false", excerpt(node, text));
  *value = json_is_true(json_of(node));
  return RMS_OK;
}

int rms_node_get_string(const struct rms_node *node, const char *name, size_t min, size_t max,
                        const char **value, struct rms_error *err)
{
  struct rms_node child;
  const int status = rms_node_get(node, name, &child, err);
  return status ? status : rms_node_string(&child, min, max, value, err);
}

int rms_node_get_int(const struct rms_node *node, const char *name, int64_t lo, int64_t hi,
                     int64_t *value, struct rms_error *err)
{
  struct rms_node child;
  const int status = rms_node_get(node, name, &child, err);
  return status ? status : rms_node_int(&child, lo, hi, value, err);
}

int rms_node_micro(const struct rms_node *node, double hi, enum rms_round direction, int64_t *micro,
                   struct rms_error *err)
{
  double value = 0;
  const int status = rms_node_double(node, 0, hi, &value, err);
  if (status < 0) return status;
  return rms_micro_from_double(value, direction, micro) < 0
             ? rms_node_error(node, err, "is out of range")
             : RMS_OK;
}

int rms_node_get_micro(const struct rms_node *node, const char *name, double hi, int64_t *micro,
                       struct rms_error *err)
{
  struct rms_node child;
  const int status = rms_node_get(node, name, &child, err);
  return status < 0 ? status : rms_node_micro(&child, hi, RMS_ROUND_DOWN, micro, err);
}

int rms_node_get_array(const struct rms_node *node, const char *name, size_t lo, size_t hi,
                       struct rms_node *list, size_t *n, struct rms_error *err)
{
  const int status = rms_node_get(node, name, list, err);
  return status < 0 ? status : rms_node_array(list, lo, hi, n, err);
}

int rms_node_find_int(const struct rms_node *node, const char *name, int64_t lo, int64_t hi,
                      int64_t *value, struct rms_error *err)
{
  struct rms_node child;
  bool found = false;
  const int status = rms_node_find(node, name, &child, &found, err);
  return status < 0 || !found ? status : rms_node_int(&child, lo, hi, value, err);
}
