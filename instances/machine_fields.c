/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/machine_fields.h"

#include <string.h>

enum { DOC_MAX = 2000, /* bytes of one sentence of documentation */ LINES_MAX = 64 };

int rms_field_check_name(const struct rms_node *node, const char *name, struct rms_error *err)
{
  static const char legal[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";
  if (name[strspn(name, legal)] == '\0' && name[0] != '-' && name[0] != '.') return RMS_OK;
  return rms_node_error(
      node, err,
      "is \"%s\", must be made of letters, digits, '.', '_', '+' and '-', and begin "
      "with none of '.' and '-'",
      name);
}

int rms_field_copy(struct rms_arena *arena, const char *text, const char **result)
{
  return (*result = rms_arena_text(arena, text)) ? RMS_OK : RMS_E_NOMEM;
}

int rms_field_key(struct rms_arena *arena, const struct rms_node *member, const char **result,
                  struct rms_error *err)
{
  if (!member->key[0] || strlen(member->key) > RMS_NAME_MAX)
    return rms_node_error(member->parent, err, "has a name that is empty or longer than %d bytes",
                          RMS_NAME_MAX);
  int status = rms_field_check_name(member, member->key, err);
  return status ? status : rms_field_copy(arena, member->key, result);
}

int rms_field_name(struct rms_arena *arena, const struct rms_node *node, const char **result,
                   struct rms_error *err)
{
  int status = RMS_OK;
  const char *name = NULL;
  RMS_TRY(rms_node_string(node, 1, RMS_NAME_MAX, &name, err));
  RMS_TRY(rms_field_check_name(node, name, err));
  RMS_TRY(rms_field_copy(arena, name, result));
out:
  return status;
}

int rms_field_find_name(struct rms_arena *arena, const struct rms_node *node, const char *field,
                        const char **result, struct rms_error *err)
{
  struct rms_node child;
  bool found = false;
  int status = rms_node_find(node, field, &child, &found, err);
  return status || !found ? status : rms_field_name(arena, &child, result, err);
}

int rms_field_find_sentence(struct rms_arena *arena, const struct rms_node *node, const char *field,
                            const char **result, struct rms_error *err)
{
  struct rms_node child;
  bool found = false;
  const char *text = NULL;
  int status = rms_node_find(node, field, &child, &found, err);
  if (status || !found) return status;
  status = rms_node_string(&child, 1, DOC_MAX, &text, err);
  return status ? status : rms_field_copy(arena, text, result);
}

int rms_field_find_int(const struct rms_node *node, const char *field, int lo, int hi, int *result,
                       struct rms_error *err)
{
  struct rms_node child;
  bool found = false;
  int64_t value = 0;
  int status = rms_node_find(node, field, &child, &found, err);
  if (status || !found) return status;
  status = rms_node_int(&child, lo, hi, &value, err);
  if (!status) *result = (int)value;
  return status;
}

int rms_field_get_int(const struct rms_node *node, const char *field, int lo, int hi, int *result,
                      struct rms_error *err)
{
  int64_t value = 0;
  int status = rms_node_get_int(node, field, lo, hi, &value, err);
  if (!status) *result = (int)value;
  return status;
}

int rms_field_find_bool(const struct rms_node *node, const char *field, bool *result,
                        struct rms_error *err)
{
  struct rms_node child;
  bool found = false;
  int status = rms_node_find(node, field, &child, &found, err);
  return status || !found ? status : rms_node_bool(&child, result, err);
}

static int add_line(struct rms_text *text, const char *key, const struct rms_node *node,
                    struct rms_error *err)
{
  const char *line = NULL;
  int status = rms_node_string(node, 1, DOC_MAX, &line, err);
  if (status) return status;
  for (const char *c = key; c && *c; c++)
    if ((unsigned char)*c < ' ' || *c == 0x7f)
      return rms_node_error(node, err, "has a control character in its name");
  rms_text_add(text, text->length ? "\n" : "");
  if (key) rms_text_printf(text, "%s: ", key);
  rms_text_add(text, line);
  return rms_text_status(text);
}

static int add_lines(struct rms_text *text, bool is_map, const struct rms_node *node,
                     struct rms_error *err)
{
  int status = RMS_OK;
  size_t n = 0;
  if (is_map) {
    RMS_TRY(rms_node_members(node, 0, LINES_MAX, &n, err));
    for (void *it = rms_node_first(node); it; it = rms_node_next(node, it)) {
      struct rms_node member = rms_node_member(node, it);
      RMS_TRY(add_line(text, member.key, &member, err));
    }
    goto out;
  }
  RMS_TRY(rms_node_array(node, 0, LINES_MAX, &n, err));
  for (size_t i = 0; i < n; i++) {
    struct rms_node item = rms_node_item(node, i);
    RMS_TRY(add_line(text, NULL, &item, err));
  }
out:
  return status;
}

int rms_field_find_lines(struct rms_arena *arena, const struct rms_node *node, const char *field,
                         bool is_map, const char **result, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_node child;
  bool found = false;
  struct rms_text text = {0};

  RMS_TRY(rms_node_find(node, field, &child, &found, err));
  if (!found) goto out;
  RMS_TRY(add_lines(&text, is_map, &child, err));
  if (text.length) RMS_TRY(rms_field_copy(arena, text.data, result));
out:
  rms_text_fini(&text);
  return status;
}
