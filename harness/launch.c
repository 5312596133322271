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
out:
  rms_document_free(doc);
  return status;
}
