#ifndef MODEL_HTML_H
#define MODEL_HTML_H

#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

/* Texts and numbers of an HTML page, as people read them. All append; a NAN is a dash. */

/* Appends text that anybody may have written: markup is escaped, control characters and what is no
 * UTF-8 become U+FFFD. For text and for attributes in double quotes, in HTML and SVG. O(size). */
void html_put_text(struct buf *out, struct view text);

/* As html_put_text, in an element of its own, so that letters written from right to left disturb
 * nothing around them. For HTML only. */
void html_put_name(struct buf *out, struct view name);

/* A whole number with a comma between each three digits. */
void html_put_count(struct buf *out, uint64_t count);

/* A number with so many decimals (0 to 9), commas between each three digits of its whole part. */
void html_put_fixed(struct buf *out, double value, unsigned decimals);

/* A share as a percentage: 0.0123 with one decimal is "1.2%". */
void html_put_percent(struct buf *out, double share, unsigned decimals);

/* A number of any size in a few characters, about four digits of it: "12,300", "0.25", "3e-07". */
void html_put_short(struct buf *out, double value);

/* A time as its date, with the time of day unless that is midnight: "2026-07-01", UTC. at_ms: any;
 * a dash for what is out of datetime.h's range. */
void html_put_time(struct buf *out, int64_t at_ms);

#endif
