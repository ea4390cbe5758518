#ifndef CMD_EVALUATE_H
#define CMD_EVALUATE_H

#include "base/datetime.h"
#include "cmd/learn.h"
#include "model/fold.h"

/* What `weir evaluate` has found out, for its report. */

#define CMD_EVALUATE_FOLDS_MAX 64

/* A fold, by its date or number, and how well the model did on it. */
struct cmd_evaluate_fold {
    char name[DATETIME_TEXT_BYTES_MAX + 1];
    struct fold_times times;   /* all 0 where time plays no part */
    struct fold fold;
    struct train_result result;
    struct fold_figures figures;
};

struct cmd_evaluate_folds {
    size_t count;
    struct cmd_evaluate_fold items[CMD_EVALUATE_FOLDS_MAX];
};

/* Which of the settings tried is best. */
enum cmd_evaluate_choice { CMD_CHOOSE_AP, CMD_CHOOSE_AUC, CMD_CHOOSE_ENTITY, CMD_CHOOSE_RANK };

/* Settings that were tried, and their means over the folds of --tune. */
struct cmd_evaluate_point {
    struct train_params params;
    double auc;
    double average_precision;
    double entity_precision;
    double rank;               /* mean of its places by the three */
};

struct cmd_evaluate {
    struct cmd_context *context;
    struct cmd_learn learn;
    int64_t train_ms;
    int64_t delay_ms;
    int64_t test_ms;
    size_t kfold;              /* 0: by time */
    struct cmd_evaluate_folds report;
    struct cmd_evaluate_folds tune;
    struct train_params params;
    struct train_grid grid;
    enum model_kind kind;
    enum train_method method;
    uint64_t seed;
    struct fold_judging judging;
    enum cmd_evaluate_choice choice;
    struct cmd_evaluate_point *points; /* point_count; owned; NULL without --tune */
    size_t point_count;
    size_t chosen;
};

/* The mean and the standard deviation (of the folds as a whole population) of one figure. */
struct cmd_evaluate_mean {
    double mean;
    double deviation;
};

/* Sums up a figure over folds. offset: of a double in struct fold_figures. */
struct cmd_evaluate_mean cmd_evaluate_mean(const struct cmd_evaluate_folds *folds, size_t offset);

/* Appends the report for people, or for programs. */
void cmd_evaluate_report(struct cmd_evaluate *e, struct buf *out);
void cmd_evaluate_json(struct cmd_evaluate *e, struct buf *out); /* one object and a newline */

#endif
