#ifndef MODEL_PAGE_INT_H
#define MODEL_PAGE_INT_H

/* The fixed parts of a card's page. */

extern const char page_head[];  /* up to the title */
extern const char page_style[]; /* CSS */
extern const char page_words[]; /* what the measures mean */

#endif
