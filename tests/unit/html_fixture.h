/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html_fixture.h - is a text well-formed HTML as our writers make it? For tests that include
 * cmocka.
 */
#ifndef RMS_TEST_HTML_FIXTURE_H
#define RMS_TEST_HTML_FIXTURE_H

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "svg_fixture.h"

enum { HTML_DEPTH = 64, HTML_NAME = 32 };

static inline bool is_void_tag(const char *name)
{
  static const char *const names[] = {"meta", "br", "img", "link", "hr", "input"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!strcmp(names[i], name)) return true;
  return false;
}

/* From '<' to behind '>'; every attribute has its value in double quotes, which hold no '<'. */
static inline const char *skip_tag(const char *at, char name[HTML_NAME])
{
  size_t n = 0;
  bool is_quoted = false;
  for (at++; isalnum((unsigned char)*at) || *at == '!' || *at == '/'; at++)
    if (n + 1 < HTML_NAME) name[n++] = *at;
  name[n] = 0;
  assert_true(n > 0);
  for (; *at && (is_quoted || *at != '>'); at++) {
    if (*at == '"') is_quoted = !is_quoted;
    assert_true(*at != '<' && (is_quoted || (*at != '\'' && (*at != '=' || at[1] == '"'))));
    if (*at == '&') assert_true(strcspn(at, ";") < 8);
  }
  assert_int_equal(*at, '>');
  return at + 1;
}

static inline void are_entities(const char *text)
{
  static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
  for (const char *amp = text; (amp = strchr(amp, '&')); amp++) {
    bool is_known = false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
      is_known |= !strncmp(amp, known[i], strlen(known[i]));
    assert_true(is_known);
  }
}

/* Every id occurs once; whatever refers to one finds it. */
static inline void are_ids(const char *text)
{
  static const char *const marks[] = {"url(#", "href=\"#"};
  char id[128];
  for (const char *at = text; (at = strstr(at, " id=\"")); at += 5) {
    const size_t n = strcspn(at + 5, "\"");
    assert_true(n > 0 && n + 7 < sizeof id);
    snprintf(id, sizeof id, " id=\"%.*s\"", (int)n, at + 5);
    assert_int_equal(count_of(text, id), 1);
  }
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
    for (const char *at = text; (at = strstr(at, marks[i])); at++) {
      const char *const name = at + strlen(marks[i]);
      snprintf(id, sizeof id, " id=\"%.*s\"", (int)strcspn(name, "\")"), name);
      assert_int_equal(count_of(text, id), 1);
    }
}

/* Tags are closed in the order in which they were opened; script and style hold no tags. */
static inline void is_html(const char *text)
{
  char open[HTML_DEPTH][HTML_NAME], name[HTML_NAME];
  size_t depth = 0;
  for (const char *at = text; (at = strchr(at, '<'));) {
    if (depth && (!strcmp(open[depth - 1], "script") || !strcmp(open[depth - 1], "style"))) {
      at = strstr(at, "</");
      assert_non_null(at);
    }
    const char *const end = skip_tag(at, name);
    if (name[0] == '/') {
      assert_true(depth > 0);
      assert_string_equal(open[--depth], name + 1);
    } else if (name[0] != '!' && !is_void_tag(name) && end[-2] != '/') {
      assert_true(depth < HTML_DEPTH);
      strcpy(open[depth++], name);
    }
    at = end;
  }
  assert_int_equal(depth, 0);
}

static inline void is_page(const char *text)
{
  const char *const script = strstr(text, "<script>"), *const style = strstr(text, "</style>");
  assert_int_equal(strncmp(text, "<!DOCTYPE html>", 15), 0);
  is_html(text);
  are_ids(text);
  assert_int_equal(count_of(text, "<script"), 1);
  assert_non_null(script);
  char *const between = strndup(style, (size_t)(script - style));
  assert_non_null(between);
  are_entities(between);
  free(between);
  assert_int_equal(count_of(text, "http://") + count_of(text, "https://"),
                   count_of(text, "xmlns=\"http://www.w3.org/2000/svg\""));
}

#endif
