/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "instances/base/excerpt.h"
#include "instances/base/json.h"
#include "instances/base/text.h"
#include "ledger.h"

static struct rms_document *parse(const char *text)
{
  struct rms_document *doc = NULL;
  struct rms_error err = {0};
  const int status = rms_document_parse(&doc, text, strlen(text), "x.json", &err);
  if (status) print_error("%s\n", err.text);
  assert_int_equal(status, RMS_OK);
  return doc;
}

static void hostile_texts_are_refused_with_their_place(void **state)
{
  (void)state;
  static const struct {
    const char *text, *says;
  } rows[] = {
      {"", "x.json:1:0: is not JSON"},
      {"{\n\"a\": 1,\n\"a\": 2}", "x.json:3:3: is not JSON: duplicate object key"},
      {"{\"a\": NaN}", "invalid token"},
      {"{\"a\": Infinity}", "invalid token"},
      {"{\"a\": 1e999}", "real number overflow"},
      {"{\"a\": 99999999999999999999}", "too big integer"},
      {"{\"a\": \"\xff\"}", "unable to decode byte 0xff"},
      {"{\"a\": \"\xed\xa0\x80\"}", "is not JSON"},
      {"{\"a\": \"\\u0000\"}", "is not JSON"},
      {"{\"a\\u0000b\": 1}", "is not JSON"},
      {"{\"a\": 1} x", "end of file expected"},
      {"{\"a\": 1", "x.json:1:7"},
      {"[1,]", "x.json:1:4"},
      {"12", "is not JSON"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct rms_document *doc = NULL;
    struct rms_error err = {0};
    const int status = rms_document_parse(&doc, rows[i].text, strlen(rows[i].text), "x.json", &err);
    assert_int_equal(status, RMS_E_FORMAT);
    assert_null(doc);
    if (!strstr(err.text, rows[i].says)) fail_msg("'%s' lacks '%s'", err.text, rows[i].says);
  }
  struct rms_document *doc = NULL;
  struct rms_error err = {0};
  assert_int_equal(rms_document_parse(&doc, "{\"a\":\0 1}", 9, "x.json", &err), RMS_E_FORMAT);
}

static void deep_nesting_is_an_error_and_no_crash(void **state)
{
  (void)state;
  enum { DEPTH = 1000000 };
  char *text = malloc(DEPTH);
  assert_non_null(text);
  memset(text, '[', DEPTH);
  struct rms_document *doc = NULL;
  struct rms_error err = {0};
  assert_int_equal(rms_document_parse(&doc, text, DEPTH, "deep", &err), RMS_E_FORMAT);
  assert_non_null(strstr(err.text, "maximum parsing depth"));
  free(text);
}

static void getters_read(void **state)
{
  (void)state;
  struct rms_document *doc = parse("{\"s\":\"é\",\"i\":12,\"r\":1.5,\"w\":1e6,\"b\":true,"
                                   "\"a\":[1,2],\"n\":null,\"o\":{\"z\":1,\"y\":2,\"x\":3}}");
  struct rms_error err = {0};
  const struct rms_node root = rms_document_root(doc);
  struct rms_node child, item;
  const char *s = NULL;
  int64_t i = 0;
  double d = 0;
  bool b = false, found = true;
  size_t n = 0;
  assert_int_equal(rms_node_get_string(&root, "s", 1, 10, &s, &err), RMS_OK);
  assert_string_equal(s, "é");
  assert_int_equal(rms_node_get_int(&root, "i", 0, 12, &i, &err), RMS_OK);
  assert_int_equal(i, 12);
  assert_int_equal(rms_node_get_int(&root, "w", 0, 1000000, &i, &err), RMS_OK);
  assert_int_equal(i, 1000000);
  assert_int_equal(rms_node_get(&root, "i", &child, &err), RMS_OK);
  assert_int_equal(rms_node_double(&child, 0, 20, &d, &err), RMS_OK);
  assert_true(d == 12);
  assert_int_equal(rms_node_get(&root, "b", &child, &err), RMS_OK);
  assert_int_equal(rms_node_bool(&child, &b, &err), RMS_OK);
  assert_true(b);
  assert_int_equal(rms_node_find(&root, "n", &child, &found, &err), RMS_OK);
  assert_false(found);
  assert_int_equal(rms_node_find(&root, "none", &child, &found, &err), RMS_OK);
  assert_false(found);
  assert_int_equal(rms_node_find(&root, "a", &child, &found, &err), RMS_OK);
  assert_true(found);
  assert_int_equal(rms_node_array(&child, 0, 2, &n, &err), RMS_OK);
  assert_int_equal(n, 2);
  item = rms_node_item(&child, 1);
  assert_int_equal(rms_node_int(&item, 0, 9, &i, &err), RMS_OK);
  assert_int_equal(i, 2);
  assert_int_equal(rms_node_get(&root, "o", &child, &err), RMS_OK);
  assert_int_equal(rms_node_members(&child, 3, 3, &n, &err), RMS_OK);
  char order[8] = "";
  for (void *it = rms_node_first(&child); it; it = rms_node_next(&child, it))
    strcat(order, rms_node_member(&child, it).key);
  assert_string_equal(order, "zyx"); /* that of the file */
  rms_document_free(doc);
}

static void expect(int status, const struct rms_error *err, const char *text)
{
  assert_int_equal(status, RMS_E_FORMAT);
  assert_string_equal(err->text, text);
}

static void messages_name_path_value_and_remedy(void **state)
{
  (void)state;
  struct rms_document *doc =
      parse("{\"services\":[{\"demand\":\"many\",\"odd key\":[1.5,-3,{},\"tab\\there\"],"
            "\"long\":\"0123456789012345678901234567890123456789ééé\"}],\"demnad\":1}");
  struct rms_error err = {0};
  const struct rms_node root = rms_document_root(doc);
  struct rms_node services, service, field, item;
  double d;
  int64_t i;
  bool b;
  size_t n;
  const char *s;
  static const char *const names[] = {"demand", "services", NULL}, *const few[] = {"services",
                                                                                   NULL};
  expect(rms_node_fields(&root, names, &err), &err,
         "x.json: $: unknown field \"demnad\", did you mean \"demand\"?");
  expect(rms_node_fields(&root, few, &err), &err,
         "x.json: $: unknown field \"demnad\", known are: services");
  expect(rms_node_get(&root, "pools", &field, &err), &err, "x.json: $: field \"pools\" is missing");
  assert_int_equal(rms_node_get(&root, "services", &services, &err), RMS_OK);
  expect(rms_node_array(&services, 2, 9, &n, &err), &err,
         "x.json: $.services: has 1 items, must have 2 to 9");
  expect(rms_node_members(&services, 0, 9, &n, &err), &err,
         "x.json: $.services: is an array of 1 items, must be an object");
  service = rms_node_item(&services, 0);
  assert_int_equal(rms_node_get(&service, "demand", &field, &err), RMS_OK);
  expect(rms_node_double(&field, 0, 1e12, &d, &err), &err,
         "x.json: $.services[0].demand: is \"many\", must be a number in [0, 1000000000000]");
  expect(rms_node_bool(&field, &b, &err), &err,
         "x.json: $.services[0].demand: is \"many\", must be true or false");
  assert_int_equal(rms_node_get(&service, "odd key", &field, &err), RMS_OK);
  item = rms_node_item(&field, 0);
  expect(rms_node_int(&item, 0, 5, &i, &err), &err,
         "x.json: $.services[0][\"odd key\"][0]: is 1.5, must be a whole number in [0, 5]");
  item = rms_node_item(&field, 1);
  expect(rms_node_double(&item, 0, 5, &d, &err), &err,
         "x.json: $.services[0][\"odd key\"][1]: is -3, must be a number in [0, 5]");
  item = rms_node_item(&field, 2);
  expect(rms_node_string(&item, 0, 5, &s, &err), &err,
         "x.json: $.services[0][\"odd key\"][2]: is an object with 0 fields, must be a string");
  item = rms_node_item(&field, 3);
  expect(rms_node_string(&item, 0, 50, &s, &err), &err,
         "x.json: $.services[0][\"odd key\"][3]: is \"tab?here\", must be a string without control "
         "characters");
  assert_int_equal(rms_node_get(&service, "long", &field, &err), RMS_OK);
  expect(
      rms_node_string(&field, 1, 8, &s, &err), &err,
      "x.json: $.services[0].long: is \"0123456789012345678901234567890123456789...\", must be a "
      "string of 1 to 8 bytes");
  rms_document_free(doc);
}

static void a_path_of_any_depth_is_printed_short(void **state)
{
  (void)state;
  enum { DEPTH = 500 };
  struct rms_text text = {0};
  for (int i = 0; i < DEPTH; i++) rms_text_add(&text, "[");
  for (int i = 0; i < DEPTH; i++) rms_text_add(&text, "]");
  struct rms_document *doc = parse(text.data);
  struct rms_node nodes[DEPTH];
  nodes[0] = rms_document_root(doc);
  for (int i = 1; i < DEPTH; i++) nodes[i] = rms_node_item(&nodes[i - 1], 0);
  struct rms_error err = {0};
  assert_int_equal(rms_node_error(&nodes[DEPTH - 1], &err, "is %s", "deep"), RMS_E_FORMAT);
  assert_non_null(strstr(err.text, "...[0][0]"));
  assert_non_null(strstr(err.text, "is deep"));
  rms_document_free(doc);
  rms_text_fini(&text);
}

static void files_are_opened_and_limited(void **state)
{
  (void)state;
  struct rms_document *doc = NULL;
  struct rms_error err = {0};
  assert_int_equal(rms_document_open(&doc, "/no/such/file.json", &err), RMS_E_IO);
  assert_non_null(strstr(err.text, "/no/such/file.json: cannot open: No such file"));
  char path[] = "/tmp/rms-json-XXXXXX";
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, "{\"a\":1}", 7), 7);
  assert_int_equal(rms_document_open(&doc, path, &err), RMS_OK);
  rms_document_free(doc);
  doc = NULL;
  assert_int_equal(ftruncate(fd, (off_t)RMS_JSON_FILE_MAX + 1), 0); /* sparse */
  assert_int_equal(rms_document_open(&doc, path, &err), RMS_E_LIMIT);
  close(fd);
  unlink(path);
}

static void failing_allocations(void **state)
{
  (void)state;
  static const char text[] = "{\"a\":[1,2,{\"b\":\"c\"}]}";
  for (long k = 1;; k++) {
    struct rms_document *doc = NULL;
    struct rms_error err = {0};
    const long live = rms_ledger_live();
    rms_ledger_fail_at(k);
    const int status = rms_document_parse(&doc, text, sizeof text - 1, "x", &err);
    const int failed = rms_ledger_has_failed();
    rms_ledger_fail_at(0);
    if (!failed) {
      assert_int_equal(status, RMS_OK);
      rms_document_free(doc);
      break;
    }
    assert_int_equal(status, RMS_E_NOMEM);
    assert_null(doc);
    assert_int_equal(rms_ledger_live(), live);
  }
}

static int no_block_is_alive(void **state)
{
  (void)state;
  return rms_ledger_live() != 0;
}

/* The excerpt of a text with the fields "a" and "b" kept. */
static const char *excerpt(const char *text, char *into)
{
  static const char *const keep[] = {"a", "b", NULL};
  size_t n = strlen(text);
  memcpy(into, text, n);
  rms_excerpt(into, &n, keep);
  assert_true(n <= strlen(text));
  into[n] = 0;
  return into;
}

static void excerpts_keep_what_is_wanted(void **state)
{
  static const struct {
    const char *text, *wanted;
  } cases[] = {
      {"{\"a\": [1, 2], \"c\": [1, 2]}", "{\"a\": [1, 2], \"c\": null}"},
      {"{\"c\":{\"a\":\"}\\\"]\"},\"b\":{\"c\":[1,2]}}", "{\"c\":null,\"b\":{\"c\":[1,2]}}"},
      {" { \"cc\" : \"a long text\" , \"d\" : -1.5e300 } ", " { \"cc\" : null , \"d\" : null } "},
      {"{\"c\":[],\"d\":true,\"a\":12345}", "{\"c\":[],\"d\":true,\"a\":12345}"},
      {"{}", "{}"},
      {"[\"a long text\"]", "[\"a long text\"]"},
      {"{\"c\": [1, 2, 3}", "{\"c\": [1, 2, 3}"},
      {"{\"c\": \"without an end", "{\"c\": \"without an end"},
      {"{\"c\": \"a long text\",}", "{\"c\": \"a long text\",}"},
      {"", ""},
  };
  char into[128];
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_string_equal(excerpt(cases[i].text, into), cases[i].wanted);
    for (size_t n = 0; n < strlen(cases[i].text); n++) { /* torn anywhere: nothing is read beyond */
      char *torn = strndup(cases[i].text, n);
      excerpt(torn, into);
      free(torn);
    }
  }
}

/* The head of a text with the fields "a" and "b", from its first n bytes; NULL: they are not there.
 */
static const char *head(const char *text, size_t n, char *into)
{
  static const char *const keep[] = {"a", "b", NULL};
  memcpy(into, text, n);
  if (!rms_excerpt_head(into, &n, keep)) return NULL;
  assert_int_equal(strlen(into), n);
  return into;
}

static void heads_are_whole(void **state)
{
  static const char text[] =
      "{ \"c\": \"a long text\", \"b\": [1, {\"x\": 2}], \"a\": 12, \"d\": [1,";
  static const char wanted[] = "{ \"c\": null, \"b\": [1, {\"x\": 2}], \"a\": 12}";
  char into[128];
  const size_t whole = (size_t)(strstr(text, ", \"d\"") - text) + 1;
  (void)state;
  for (size_t n = 0; n < sizeof text; n++) {
    const char *found = head(text, n, into);
    if (n < whole)
      assert_null(found); /* the 12 may be the beginning of 123 */
    else
      assert_string_equal(found, wanted);
  }
  assert_null(head("{\"a\": 1, \"c\": 2}", 18, into));
  assert_null(head("[1]", 3, into));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hostile_texts_are_refused_with_their_place),
      cmocka_unit_test(deep_nesting_is_an_error_and_no_crash),
      cmocka_unit_test(getters_read),
      cmocka_unit_test(excerpts_keep_what_is_wanted),
      cmocka_unit_test(heads_are_whole),
      cmocka_unit_test(messages_name_path_value_and_remedy),
      cmocka_unit_test(a_path_of_any_depth_is_printed_short),
      cmocka_unit_test(files_are_opened_and_limited),
      cmocka_unit_test(failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, no_block_is_alive);
}
