#ifndef MODEL_QUADRATURE_INT_H
#define MODEL_QUADRATURE_INT_H

#include <stdint.h>

#define QUADRATURE_POINTS_MAX 64

/* The points and weights of Gauss and Legendre's rule on (0, 1): the weighted sum of a polynomial
 * of a degree below 2 * count at the points is its integral. count: 1 to QUADRATURE_POINTS_MAX, of
 * both arrays; points ascend and lie inside. O(count^3); pure. Source: Abramowitz and Stegun,
 * Handbook of Mathematical Functions, 25.4.29 and 25.4.30. */
void quadrature_unit(uint32_t count, double *ret_points, double *ret_weights);

#endif
