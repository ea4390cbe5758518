#ifndef CMD_TRAIN_H
#define CMD_TRAIN_H

#include "cmd/learn.h"
#include "model/fold.h"
#include "model/make.h"

/* What `weir train` knows of the model it makes, for its card and its report. */
struct cmd_train {
    struct cmd_context *context;
    struct cmd_learn learn;
    struct make_job job;
    bool timed;                  /* --train was given: fold has windows */
    struct fold_times times;     /* of timed: tested is the later stretch, empty without one */
    int64_t chosen_until_ms;     /* the later stretch's first part, which chooses and stops ... */
    int64_t calibrated_until_ms; /* ... its second, which calibrates; the last judges */
    int64_t delay_ms;
    struct fold fold;            /* fit: trained on; test: the later rows, perhaps none */
    struct train_rows judged;    /* of the later rows, those of the last part */
    struct fold_judging judging;
    struct train_result result;
    struct buf file;             /* MODEL.json */
};

/* Appends the JSON object that a model file keeps of its training. */
void cmd_train_put_trained(const void *train, const struct train_result *result,
                           struct buf *out);

/* Makes the card of the model (model/card.h): its JSON to `json`, its page to `html`. With later
 * rows it is judged by the last part of them, from which nothing was learned, else by the rows it
 * was trained on, as the card says. */
MUST_CHECK enum status cmd_train_card(struct cmd_train *train, struct buf *json, struct buf *html,
                                      struct diag *diag);

#endif
