/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame of the page, its style and its script. The page is whole without the script, which only
 * sorts tables. */
#include <stdarg.h>
#include <stdio.h>

#include "analysis/faults.h"
#include "analysis/html.h"
#include "analysis/report_parts.h"

static const char style[] =
    ":root{--back:#fff;--fore:#1b1b1b;--dim:#5a5a5a;--line:#d5d5d5;--stripe:#f5f5f5;--head:#ececec;"
    "--link:#0053a0;--bad:#a32200;--bad-back:#fdeee9;--good:#00624a}\n"
    "@media(prefers-color-scheme:dark){:root{--back:#16181b;--fore:#e6e6e6;--dim:#a8a8a8;"
    "--line:#3b3f45;--stripe:#1d2024;--head:#282c31;--link:#8ec7ff;--bad:#ff9d80;"
    "--bad-back:#38201a;--good:#66d6b5}"
    ".picture svg{filter:invert(.91) hue-rotate(180deg) brightness(1.2)}}\n"
    "html{background:var(--back);color:var(--fore);color-scheme:light dark;"
    "font:16px/1.5 system-ui,Helvetica,Arial,sans-serif;-webkit-text-size-adjust:100%}\n"
    "body{margin:0 auto;max-width:78rem;padding:0 1rem 4rem}\n"
    "h1{font-size:1.7rem;line-height:1.2;margin:1.6rem 0 .4rem;overflow-wrap:anywhere}\n"
    "h2{font-size:1.35rem;margin:2.6rem 0 .6rem;padding-top:.8rem;border-top:2px solid "
    "var(--line)}\n"
    "h3{font-size:1.1rem;margin:1.8rem 0 .4rem;overflow-wrap:anywhere}\n"
    "p,ul{margin:.5rem 0;max-width:60rem}\n"
    "a{color:var(--link)}\n"
    ".dim,.notes,figcaption{color:var(--dim);font-size:.88rem}\n"
    ".notes{padding-left:1.1rem}\n"
    "nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem}\n"
    "dl.key{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0}\n"
    "dl.key div{border:1px solid var(--line);border-radius:.4rem;padding:.4rem "
    ".9rem;min-width:6rem}"
    "\n"
    "dl.key dt{font-size:.85rem;color:var(--dim)}\n"
    "dl.key dd{margin:0;font-size:1.5rem;font-variant-numeric:tabular-nums}\n"
    "dl.key .bad{border-color:var(--bad);background:var(--bad-back)}\n"
    "dl.key .bad dd{color:var(--bad)}\n"
    ".warn{border-left:.3rem solid var(--bad);background:var(--bad-back);padding:.1rem 1rem;"
    "margin:1rem 0}\n"
    ".warn ul{padding-left:1.1rem}\n"
    ".wide{overflow-x:auto;margin:.8rem 0 .3rem;border:1px solid var(--line);border-radius:.3rem}\n"
    ".wide:focus-visible,button:focus-visible{outline:2px solid var(--link)}\n"
    "table{border-collapse:collapse;font-size:.88rem;width:100%}\n"
    "caption{text-align:left;font-weight:600;padding:.45rem .6rem}\n"
    "th,td{padding:.28rem .6rem;text-align:left;vertical-align:top;border-top:1px solid "
    "var(--line);white-space:nowrap}\n"
    "td.w,.facts td{white-space:normal;overflow-wrap:anywhere;min-width:16rem}\n"
    "thead th{background:var(--head);vertical-align:bottom;font-weight:600;white-space:normal;"
    "min-width:3.6em}\n"
    "tbody th{font-weight:500;position:sticky;left:0;background:var(--back);z-index:1;"
    "box-shadow:inset 0 1px var(--line)}\n"
    "tbody tr:nth-child(even)>*{background:var(--stripe)}\n"
    ".n{text-align:right;font-variant-numeric:tabular-nums}\n"
    "th button{all:unset;cursor:pointer;font:inherit}\n"
    "th[aria-sort=ascending] button::after{content:' \\25B2'}\n"
    "th[aria-sort=descending] button::after{content:' \\25BC'}\n"
    ".faults li{margin:.5rem 0;overflow-wrap:anywhere}summary{cursor:pointer}\n"
    "code{font:.85em/1.4 ui-monospace,'DejaVu Sans Mono',Menlo,monospace;overflow-wrap:anywhere}\n"
    "td code{white-space:pre-wrap}\n"
    "figure{margin:1rem 0}\n"
    ".picture{overflow-x:auto;border:1px solid var(--line);border-radius:.3rem}\n"
    ".picture svg{display:block;width:100%;height:auto;max-width:60rem;min-width:38rem}\n"
    "@media(max-width:40rem){html{font-size:15px}body{padding:0 .7rem 3rem}"
    "p code{display:block;overflow-x:auto;white-space:nowrap}"
    "tbody th{min-width:7rem;max-width:9.5rem;white-space:normal;overflow-wrap:anywhere}}\n"
    "@page{size:A4 landscape;margin:12mm}\n"
    "@media print{:root{--back:#fff;--fore:#000;--dim:#333;--line:#999;--stripe:#fff;--head:#eee;"
    "--link:#000;--bad:#000;--bad-back:#fff}.picture svg{filter:none;min-width:0}"
    "html{font-size:10pt}nav{display:none}.wide,.picture{overflow:visible;border:0}"
    "table{font-size:7.5pt}th,td{padding:.12rem .3rem}td.w,tbody th,.facts td{white-space:normal;"
    "overflow-wrap:anywhere;min-width:9em}thead{display:table-row-group}tbody th{position:static}"
    "h2,h3,caption{break-after:avoid}tr,.picture{break-inside:avoid}}\n";

/* A number at the beginning of a cell is compared as such; cells without one stand last. */
static const char script[] =
    "document.querySelectorAll('table').forEach(function(table){\n"
    "var body=table.tBodies[0];\n"
    "Array.prototype.forEach.call(table.tHead.rows[0].cells,function(head,column){\n"
    "var button=document.createElement('button');button.type='button';\n"
    "while(head.firstChild)button.appendChild(head.firstChild);head.appendChild(button);\n"
    "button.addEventListener('click',function(){\n"
    "var up=head.getAttribute('aria-sort')!=='ascending',number=head.className==='n';\n"
    "Array.prototype.forEach.call(table.tHead.rows[0].cells,function(h){\n"
    "h.removeAttribute('aria-sort');});\n"
    "head.setAttribute('aria-sort',up?'ascending':'descending');\n"
    "var rows=Array.prototype.slice.call(body.rows);\n"
    "function value(row){var cell=row.cells[column],text=cell?cell.textContent:'';\n"
    "return number?parseFloat(text):text;}\n"
    "rows.sort(function(a,b){var x=value(a),y=value(b);\n"
    "if(number){if(isNaN(x)||isNaN(y))return isNaN(x)-isNaN(y);return up?x-y:y-x;}\n"
    "return up?x.localeCompare(y):y.localeCompare(x);});\n"
    "rows.forEach(function(row){body.appendChild(row);});});});});\n";

void rms_page_open(struct rms_text *text, const char *title)
{
  rms_text_add(text, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                     "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
                     "<meta name=\"generator\" content=\"rmsbench " RMS_VERSION "\">\n");
  rms_html_element(text, "title", title);
  rms_text_add(text, "<style>\n");
  rms_text_add(text, style);
  rms_text_add(text, "</style>\n</head>\n<body>\n");
}

void rms_page_close(struct rms_text *text)
{
  rms_text_add(text, "<script>\n");
  rms_text_add(text, script);
  rms_text_add(text, "</script>\n</body>\n</html>\n");
}

void rms_page_command(struct rms_page *page, const char *verb, const char *options,
                      const char *group)
{
  struct rms_text command = {0};
  rms_text_printf(&command, "rms %s ", verb);
  rms_shell_word(&command, page->report->folder);
  rms_text_printf(&command, "%s%s", *options ? " " : "", options);
  if (page->report->grouping == RMS_BY_CELL) rms_text_add(&command, " --cells");
  if (group) rms_text_add(&command, " --group ");
  if (group) rms_shell_word(&command, group);
  if (page->report->is_mixed) rms_text_add(&command, " --mix");
  rms_text_add(&command, " --format csv");
  if (command.failed) page->text->failed = true;
  rms_text_add(page->text, "<p class=\"dim\">As CSV: <code>");
  rms_html_text(page->text, command.failed ? "" : command.data);
  rms_text_add(page->text, "</code></p>\n");
  rms_text_fini(&command);
}

void rms_page_table(struct rms_page *page, const struct rms_table *table, const char *what,
                    const char *view, const char *group)
{
  struct rms_text *const text = page->text;
  rms_text_add(text, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"");
  rms_html_text(text, what);
  rms_text_add(text, ", ");
  rms_html_text(text, table->title);
  rms_text_add(text, "\">\n");
  rms_html_table(text, table, what, RMS_REPORT_ROWS);
  rms_text_add(text, "</div>\n");
  rms_html_notes(text, table);
  rms_page_command(page, "table", view, group);
}

void rms_page_say(struct rms_page *page, const char *fmt, ...)
{
  char line[1024];
  va_list args;
  va_start(args, fmt);
  vsnprintf(line, sizeof line, fmt, args);
  va_end(args);
  rms_html_element(page->text, "p class=\"dim\"", line);
}

void rms_page_picture(struct rms_page *page, const char *svg, const char *label)
{
  char prefix[32];
  snprintf(prefix, sizeof prefix, "f%zu-", ++page->n_figures);
  rms_text_printf(
      page->text,
      "<div class=\"picture\" tabindex=\"0\" role=\"group\" aria-label=\"picture %zu\">\n",
      page->n_figures);
  rms_html_svg(page->text, svg, prefix, label);
  rms_text_add(page->text, "</div>\n");
}
