/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "harness/record.h"
#include "instances/base/json.h"

static int field_of(const struct rms_node *parent, const char *name, char text[RMS_LAUNCH_FIELD],
                    struct rms_error *err)
{
  struct rms_node node;
  bool found = false;
  const char *value = "";
  int status = rms_node_find(parent, name, &node, &found, err);
  if (!status && found) status = rms_node_string(&node, 0, 4096, &value, err);
  snprintf(text, RMS_LAUNCH_FIELD, "%s", value);
  return status;
}

struct field {
  const char *name;
  char *text;
};

/* Fields of the group `group` of the line; "" where there is no such group. */
static int read_group(const struct rms_node *root, const char *group, const struct field *fields,
                      struct rms_error *err)
{
  struct rms_node parent;
  bool found = false;
  int status = rms_node_find(root, group, &parent, &found, err);
  for (size_t i = 0; fields[i].name && !status; i++) {
    fields[i].text[0] = 0;
    if (found) status = field_of(&parent, fields[i].name, fields[i].text, err);
  }
  return status;
}

static int read_warnings(const struct rms_node *root, struct rms_launch *launch,
                         struct rms_error *err)
{
  struct rms_node list;
  bool found = false;
  size_t n = 0;
  int status = rms_node_find(root, "warnings", &list, &found, err);
  launch->n_warnings = 0;
  if (!status && found) status = rms_node_array(&list, 0, 64, &n, err);
  for (size_t i = 0; i < n && i < RMS_LAUNCH_WARNINGS && !status; i++) {
    const struct rms_node item = rms_node_item(&list, i);
    const char *text = "";
    status = rms_node_string(&item, 0, 4096, &text, err);
    snprintf(launch->warnings[launch->n_warnings++], RMS_LAUNCH_FIELD, "%s", text);
  }
  return status;
}

static int read_rank(const struct rms_node *root, struct rms_launch *launch, struct rms_error *err)
{
  struct rms_node node;
  bool found = false;
  int status = rms_node_find(root, "rank", &node, &found, err);
  launch->rank = 0;
  if (!status && found) status = rms_node_int(&node, 0, INT64_MAX, &launch->rank, err);
  return status;
}

int rms_launch_read(struct rms_launch *launch, const char *line, struct rms_error *err)
{
  int status;
  struct rms_document *doc = NULL;
  const struct field build[] = {
      {"version", launch->version}, {"source", launch->source}, {"kind", launch->kind}, {0}};
  const struct field machine[] = {{"host", launch->host}, {"cpu", launch->cpu}, {0}};
  const struct field sweep[] = {{"name", launch->sweep}, {0}};
  RMS_TRY(rms_document_parse(&doc, line, strlen(line), "launch record", err));
  const struct rms_node root = rms_document_root(doc);
  RMS_TRY(field_of(&root, "launch", launch->name, err));
  RMS_TRY(read_group(&root, "build", build, err));
  RMS_TRY(read_group(&root, "machine", machine, err));
  RMS_TRY(read_group(&root, "sweep", sweep, err));
  RMS_TRY(read_rank(&root, launch, err));
  RMS_TRY(read_warnings(&root, launch, err));
out:
  rms_document_free(doc);
  return status;
}
