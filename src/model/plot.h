#ifndef MODEL_PLOT_H
#define MODEL_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"

/*
 * Plots as SVG inside an HTML page, whose style sheet colours them by their classes: `grid`,
 * `axis`, and those that the caller gives to lines, dots and bars. No script, no fonts; a title and
 * a description for those who cannot see them. Same input, same bytes.
 */

#define PLOT_TICKS_MAX 10

/* What an axis shows. */
struct plot_scale {
    double min;          /* finite; of a logarithmic scale above 0 */
    double max;          /* finite; where it is not above min, min + 1 (a tenfold) is taken */
    bool logarithmic;
    bool percent;        /* ticks are shares */
    const char *title;   /* trusted text; NULL: no ticks either */
};

struct plot_frame {
    const char *id;          /* unique in the page: letters and digits */
    const char *title;       /* trusted text */
    struct view description; /* any text */
    unsigned width;          /* of the whole picture, in pixels: 200 to 2000 */
    unsigned height;         /* 100 to 4000 */
    unsigned left;           /* for what stands left of the axis; 0: enough for ticks */
    struct plot_scale x;
    struct plot_scale y;
};

struct plot_point {
    double x;
    double y;
};

/* A picture that is being drawn; plain data, kept by the caller until plot_end. */
struct plot {
    struct buf *out;
    struct plot_frame frame;
    double left, top, width, height; /* of the area between the axes */
};

/* The round values between min and max that a scale's ticks stand at, rising: steps of 1, 2 or 5
 * times a power of ten, on a logarithmic scale powers of ten. Returns how many. Pure. */
size_t plot_ticks(const struct plot_scale *scale, double ret_ticks[PLOT_TICKS_MAX]);

/* Opens the picture and draws grid, ticks and titles. frame: copied, its texts borrowed until
 * plot_end. */
void plot_begin(struct plot *plot, const struct plot_frame *frame, struct buf *out);

/* Draws a line through points, which are held within the axes. name: of its CSS class. */
void plot_line(struct plot *plot, const struct plot_point *points, size_t count, const char *name);

/* Draws a dot of that radius (pixels). */
void plot_dot(struct plot *plot, struct plot_point at, double radius, const char *name);

/* Draws a bar between two corners. hint: shown by browsers when pointed at, any text; may be empty.
 * Bars without an area are left out. */
void plot_bar(struct plot *plot, struct plot_point from, struct plot_point to, const char *name,
              struct view hint);

/* Writes text left of the axis at height y; any text, cut to what has room. */
void plot_row_name(struct plot *plot, double y, struct view name);

/* Closes the picture. */
void plot_end(struct plot *plot);

/* Draws a small picture of bars side by side, without axes. shares: `count` values of at least 0,
 * the largest of which takes the whole height; description: any text. */
void plot_thumbnail(struct buf *out, const double *shares, size_t count, struct view description);

#endif
