/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json.h - reading JSON with limits and with errors that name the path. A thin wrapper of jansson:
 * size, depth, duplicate keys, NaN and invalid UTF-8 are refused while parsing; the getters refuse
 * wrong types, ranges and unknown fields. Messages look like
 *   services.json: $.services[3].demand: is "many", must be a number in [0, 1e12] */
#ifndef RMS_BASE_JSON_H
#define RMS_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instances/base/error.h"
#include "instances/base/text.h"

#define RMS_JSON_FILE_MAX ((size_t)256 << 20) /* bytes of one file; larger is RMS_E_LIMIT */

struct rms_document; /* a parsed text and its origin; opaque */

/* Read and parse a file / parse bytes.
 *   origin [in]  what errors call the text (a path, "built-in x")
 *   result [out] free with rms_document_free; untouched on error
 * Returns 0, RMS_E_NOMEM, RMS_E_IO, RMS_E_LIMIT, RMS_E_FORMAT. Cost: linear. */
int rms_document_open(struct rms_document **result, const char *path, struct rms_error *err);
/* The same of a few fields of a large object: all others are null (excerpt.h), and only what is
 * kept is looked at closely. Places in messages count without what was left out. keep [in] names of
 * the fields, closed by NULL; NULL: all fields */
int rms_document_open_excerpt(struct rms_document **result, const char *path,
                              const char *const *keep, struct rms_error *err);
/* The same where these fields nearly always stand first: then no more than the beginning of the
 * file is read, and what comes later is not looked at. */
int rms_document_open_head(struct rms_document **result, const char *path, const char *const *keep,
                           struct rms_error *err);
int rms_document_parse(struct rms_document **result, const char *bytes, size_t n,
                       const char *origin, struct rms_error *err);
void rms_document_free(struct rms_document *doc); /* accepts NULL */

/* A value and the way to it. Lives on the caller's stack; parents must outlive children. Borrowed
 * from the document. */
struct rms_node {
  const struct rms_document *doc;
  const struct rms_node *parent; /* NULL: the root, "$" */
  const char *key;               /* field name, or NULL for an array item */
  size_t index;                  /* when key is NULL */
  const void *value;             /* json_t */
};

/* The outermost value; borrowed from the document, as all that is reached from it. */
struct rms_node rms_document_root(const struct rms_document *doc);

/* "RMS_E_FORMAT: <origin>: <path>: <text>" into *err; returns RMS_E_FORMAT. */
__attribute__((format(printf, 3, 4))) int
rms_node_error(const struct rms_node *node, struct rms_error *err, const char *fmt, ...);

/* The value must be an object whose fields are all among `names` (a NULL-terminated list); an
 * unknown field is an error that names it and the nearest known name. */
int rms_node_fields(const struct rms_node *node, const char *const *names, struct rms_error *err);

/* Field of an object. Required: missing is an error. Optional: *found tells; JSON null counts as
 * absent for the optional form. */
int rms_node_get(const struct rms_node *node, const char *name, struct rms_node *child,
                 struct rms_error *err);
int rms_node_find(const struct rms_node *node, const char *name, struct rms_node *child,
                  bool *found, struct rms_error *err);

/* Is the value null? */
bool rms_node_is_null(const struct rms_node *node);

/* Array: its length (must be within [lo, hi]), and an item (index below the length). */
int rms_node_array(const struct rms_node *node, size_t lo, size_t hi, size_t *n,
                   struct rms_error *err);
struct rms_node rms_node_item(const struct rms_node *node, size_t index);

/* Object as a map: iterate with `for (it = rms_node_first(&n); it; it = rms_node_next(&n, it))`,
 * where rms_node_member gives the child; order is that of the file. rms_node_members counts them.
 */
void *rms_node_first(const struct rms_node *node);
void *rms_node_next(const struct rms_node *node, void *iterator);
struct rms_node rms_node_member(const struct rms_node *node, void *iterator);
int rms_node_members(const struct rms_node *node, size_t lo, size_t hi, size_t *n,
                     struct rms_error *err);

/* Scalars; ranges are inclusive. A string is borrowed from the document, 1..max bytes (0..max when
 * may be empty is wanted: pass min 0), no control characters. */
int rms_node_string(const struct rms_node *node, size_t min, size_t max, const char **value,
                    struct rms_error *err);
int rms_node_double(const struct rms_node *node, double lo, double hi, double *value,
                    struct rms_error *err);
int rms_node_int(const struct rms_node *node, int64_t lo, int64_t hi, int64_t *value,
                 struct rms_error *err);
int rms_node_bool(const struct rms_node *node, bool *value, struct rms_error *err);
/* A decimal in [0, hi] as millionths (text.h). */
int rms_node_micro(const struct rms_node *node, double hi, enum rms_round direction, int64_t *micro,
                   struct rms_error *err);

/* The common case in one call: get a required field of an object and read it. */
int rms_node_get_string(const struct rms_node *node, const char *name, size_t min, size_t max,
                        const char **value, struct rms_error *err);
int rms_node_get_int(const struct rms_node *node, const char *name, int64_t lo, int64_t hi,
                     int64_t *value, struct rms_error *err);
/* Millionths, rounded down. */
int rms_node_get_micro(const struct rms_node *node, const char *name, double hi, int64_t *micro,
                       struct rms_error *err);
/*   list [out] the array;  n [out] its length, within [lo, hi] */
int rms_node_get_array(const struct rms_node *node, const char *name, size_t lo, size_t hi,
                       struct rms_node *list, size_t *n, struct rms_error *err);
/* Of a field that may be absent: *value is untouched then. */
int rms_node_find_int(const struct rms_node *node, const char *name, int64_t lo, int64_t hi,
                      int64_t *value, struct rms_error *err);

#endif
