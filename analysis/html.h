/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html.h - writing HTML: nothing that comes from a record or an instance gets in without being
 * escaped. Elements are closed by whoever opened them; everything is added at the end of a text. */
#ifndef RMS_HTML_H
#define RMS_HTML_H

#include "analysis/table.h"

/* Add `string` as the text of an element or of a quoted attribute: & < > " ' are escaped, what is
 * no UTF-8 or a control character becomes U+FFFD (a line feed or tab becomes a blank). */
void rms_html_text(struct rms_text *text, const char *string);

/* Add <tag>string</tag>, escaped, and a line feed. `tag` may carry attributes: "p class=\"note\"".
 */
void rms_html_element(struct rms_text *text, const char *tag, const char *string);

/* Add the table without its notes: caption ("what: title"; what NULL: the title alone), heads with
 * scope, the first column as heads of the rows. Beyond `rows_most` rows (0: all) a last row counts
 * the rest. */
void rms_html_table(struct rms_text *text, const struct rms_table *table, const char *what,
                    size_t rows_most);

/* The notes of a table as a list; nothing when there are none. */
void rms_html_notes(struct rms_text *text, const struct rms_table *table);

/* Add an SVG document (which our own writers made) so that several can stand in one page: every id,
 * and every reference to one, begins with `prefix`; with `label` it is one picture to a screen
 * reader, called that. */
void rms_html_svg(struct rms_text *text, const char *svg, const char *prefix, const char *label);

#endif
