/* One idea: the plain walk through an ensemble, which says what every faster form must answer. */
#include "model/ensemble.h"

#include <math.h>

static bool is_missing(const struct ensemble_node *node, double x)
{
    if (node->missing == ENSEMBLE_MISSING_ZERO)
        return isnan(x) || fabs(x) <= ENSEMBLE_ZERO_MAX;
    return node->missing == ENSEMBLE_MISSING_NAN && isnan(x);
}

/* Whether x without its fraction is in the node's set. */
static bool in_set(const struct ensemble *ensemble, const struct ensemble_node *node, double x)
{
    x = trunc(x);
    if (!(x >= 0 && x < (double)node->set_word_count * 32))
        return false;
    uint32_t category = (uint32_t)x;
    return (ensemble->sets[node->set_first + category / 32] >> category % 32 & 1) != 0;
}

static bool goes_left(const struct ensemble *ensemble, const struct ensemble_node *node, double x)
{
    if (is_missing(node, x))
        return node->default_left;
    if (isnan(x))
        x = 0;
    switch ((enum ensemble_test)node->test) {
    case ENSEMBLE_LESS:
        return (float)x < (float)node->threshold;
    case ENSEMBLE_LESS_EQUAL:
        return x <= node->threshold;
    case ENSEMBLE_IN_SET_LEFT:
        return in_set(ensemble, node, x);
    case ENSEMBLE_IN_SET_RIGHT:
        break;
    }
    x = (double)(float)x;
    return x < 0 || !in_set(ensemble, node, x);
}

uint32_t ensemble_leaf(const struct ensemble *ensemble, uint32_t tree, const double *row)
{
    uint32_t at = ensemble->trees[tree].first_node;
    for (;;) {
        const struct ensemble_node *node = &ensemble->nodes[at];
        if (node->left == ENSEMBLE_LEAF)
            return at;
        at = goes_left(ensemble, node, row[node->feature]) ? node->left : node->right;
    }
}

double ensemble_margin(const struct ensemble *ensemble, const double *row)
{
    double sum = 0;
    for (uint32_t tree = 0; tree < ensemble->tree_count; tree++)
        sum += ensemble->nodes[ensemble_leaf(ensemble, tree, row)].value;
    return ensemble->base_margin + sum / ensemble->divisor;
}
