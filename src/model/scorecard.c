/* One idea: a card is a table of whole points, and a score is a walk over its columns. The margin
 * is the same sum on another scale, so that it says no more than the points do. */
#include "model/scorecard.h"

#include <float.h>
#include <math.h>

#include "model/scorecard_int.h"

static const struct scorecard_cell nothing;

/* x as the card's maker saw it. */
static double in_single(double x)
{
    if (x > (double)FLT_MAX)
        return (double)FLT_MAX;
    if (x < -(double)FLT_MAX)
        return -(double)FLT_MAX;
    return (double)(float)x;
}

/* The first bin whose bound is above x: binary search, since the bounds rise. */
static uint32_t bin_of(const struct scorecard_feature *feature, double x)
{
    uint32_t first = 0;
    uint32_t end = feature->bin_count - 1;
    while (first < end) {
        uint32_t middle = first + (end - first) / 2;
        if (x < feature->below[middle])
            end = middle;
        else
            first = middle + 1;
    }
    return first;
}

uint32_t scorecard_place(const struct scorecard_feature *feature, double x)
{
    if (isnan(x))
        return feature->bin_count + feature->special_count;
    for (uint32_t special = 0; special < feature->special_count; special++) {
        if (x == feature->special_values[special])
            return feature->bin_count + special;
    }
    if (!feature->category)
        return bin_of(feature, x);
    if (!(x >= 0 && x < (double)feature->category_count))
        return SCORECARD_NO_BIN;
    return feature->category_bins[(uint32_t)x];
}

const struct scorecard_cell *scorecard_cell(const struct scorecard *card, uint32_t feature,
                                            double x)
{
    uint32_t place = scorecard_place(&card->features[feature], in_single(x));
    return place == SCORECARD_NO_BIN ? &nothing : &card->features[feature].cells[place];
}

double scorecard_margin(const struct scorecard *card, const double *row)
{
    int32_t points = card->base_points;
    for (uint32_t feature = 0; feature < card->feature_count; feature++)
        points += scorecard_cell(card, feature, row[feature])->points;
    return (card->even_points - points) / card->factor;
}

int32_t scorecard_points(const struct scorecard *card, double margin)
{
    double points = floor(card->even_points - card->factor * margin + 0.5);
    if (!(points > card->scale.least))
        return card->scale.least;
    return points > card->scale.most ? card->scale.most : (int32_t)points;
}

void scorecard_explain(const struct scorecard *card, const double *row, double *ret_contributions)
{
    for (uint32_t feature = 0; feature < card->feature_count; feature++)
        ret_contributions[feature] =
            -scorecard_cell(card, feature, row[feature])->points / card->factor;
    ret_contributions[card->feature_count] =
        (card->even_points - card->base_points) / card->factor;
}

int32_t scorecard_points_of_part(const struct scorecard *card, double contribution)
{
    double points = floor(-card->factor * contribution + 0.5);
    return (int32_t)fmax(-SCORECARD_CELL_POINTS_MAX, fmin(SCORECARD_CELL_POINTS_MAX, points));
}

uint32_t scorecard_reasons(const struct scorecard *card, const double *row,
                           uint32_t reason_count_max, struct scorecard_reason *ret_reasons)
{
    uint32_t count = 0;
    for (uint32_t feature = 0; feature < card->feature_count; feature++) {
        int32_t points = scorecard_cell(card, feature, row[feature])->points;
        uint32_t at = count;
        while (at > 0 && points < ret_reasons[at - 1].points)
            at--;
        if (points >= 0 || at == reason_count_max)
            continue;
        count += count < reason_count_max;
        for (uint32_t last = count - 1; last > at; last--)
            ret_reasons[last] = ret_reasons[last - 1];
        ret_reasons[at] = (struct scorecard_reason){feature, points};
    }
    return count;
}
