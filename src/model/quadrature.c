/* One idea: between two neighbouring roots of a Legendre polynomial lies exactly one of the next,
 * so all are found by halving, from the first polynomial on, the same on every machine. */
#include "model/quadrature_int.h"

#include <string.h>

#include "base/assert.h"

#define HALVINGS 64 /* of at most 2, to less than a double can tell of a root */

/* P_n(x) by the recurrence, and P_(n-1)(x); n >= 1. */
static double legendre(uint32_t n, double x, double *ret_before)
{
    double before = 1;
    double value = x;
    for (uint32_t k = 1; k < n; k++) {
        double next = ((2 * k + 1) * x * value - k * before) / (k + 1);
        before = value;
        value = next;
    }
    *ret_before = before;
    return value;
}

static double root_between(uint32_t n, double low, double high)
{
    double before;
    double sign = legendre(n, low, &before) < 0 ? -1 : 1;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (sign * legendre(n, middle, &before) > 0)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

void quadrature_unit(uint32_t count, double *ret_points, double *ret_weights)
{
    ASSERT(count >= 1 && count <= QUADRATURE_POINTS_MAX);
    double roots[QUADRATURE_POINTS_MAX + 1] = {0};
    for (uint32_t n = 1; n <= count; n++) {
        double fresh[QUADRATURE_POINTS_MAX + 1];
        for (uint32_t i = 0; i < n; i++)
            fresh[i] = root_between(n, i == 0 ? -1 : roots[i - 1], i == n - 1 ? 1 : roots[i]);
        memcpy(roots, fresh, n * sizeof roots[0]);
    }
    for (uint32_t i = 0; i < count; i++) {
        double x = roots[i];
        double before;
        double value = legendre(count, x, &before);
        double slope = count * (before - x * value) / (1 - x * x);
        ret_points[i] = (1 + x) / 2;
        ret_weights[i] = 1 / ((1 - x * x) * slope * slope);
    }
}
