/* One idea: x is brought near 0 (e^x = 2^k e^r) or near 1 (log x = k log 2 + log m) without error
 * that matters, and the rest is a Taylor series that is cut where its terms are below 2^-56.
 *
 * 1. log 2 is LN2_HIGH + LN2_LOW, the first with zeros in its last 21 bits, so that k times it is
 *    exact.
 * 2. |r| <= log(2) / 2 + 2^-40: the terms r^n / n! up to n = 14.
 * 3. m in [sqrt(1/2), sqrt(2)): log m = 2 artanh(s), s = (m - 1) / (m + 1), |s| <= 0.1716: the
 *    terms s^(2n) / (2n + 1) up to n = 11. m - 1 is exact. */
#include "model/real.h"

#include <math.h>

#define LN2_HIGH 0x1.62e42feep-1
#define LN2_LOW 0x1.a39ef35793c76p-33
#define LOG2_E 0x1.71547652b82fep0
#define EXP_MAX 0x1.62e42fefa39efp9   /* log of the largest double */
#define EXP_MIN (-746.0)

#define EXP_TERMS 14
#define LOG_TERMS 11

static const double INVERSES[] = {
    0,        1.0,      1.0 / 2,  1.0 / 3,  1.0 / 4,  1.0 / 5,  1.0 / 6,  1.0 / 7,
    1.0 / 8,  1.0 / 9,  1.0 / 10, 1.0 / 11, 1.0 / 12, 1.0 / 13, 1.0 / 14, 1.0 / 15,
    1.0 / 16, 1.0 / 17, 1.0 / 18, 1.0 / 19, 1.0 / 20, 1.0 / 21, 1.0 / 22, 1.0 / 23,
};

/* 2^k for k from -1022 to 1023. */
static double power_of_two(int k)
{
    return ldexp(1.0, k);
}

double real_exp(double x)
{
    if (isnan(x))
        return x;
    if (x > EXP_MAX)
        return INFINITY;
    if (x < EXP_MIN)
        return 0;
    double k = floor(x * LOG2_E + 0.5);
    double high = x - k * LN2_HIGH;
    double low = k * LN2_LOW;
    double r = high - low;
    double sum = 0;
    for (int n = EXP_TERMS; n >= 2; n--)
        sum = (sum + 1) * (r * INVERSES[n]);
    /* e^r = 1 + r + r * sum; what r lost when it was rounded comes back with it. */
    sum = r * sum + ((high - r) - low) + r;
    int half = (int)k / 2;
    return (1 + sum) * power_of_two(half) * power_of_two((int)k - half);
}

double real_log(double x)
{
    if (isnan(x) || x < 0)
        return NAN;
    if (x == 0)
        return -INFINITY;
    if (isinf(x))
        return x;
    int exponent;
    double m = frexp(x, &exponent);
    if (m < 0x1.6a09e667f3bcdp-1) {
        m *= 2;
        exponent--;
    }
    double f = m - 1;
    double s = f / (m + 1);
    double z = s * s;
    double sum = 0;
    for (int n = LOG_TERMS; n >= 1; n--)
        sum = (sum + INVERSES[2 * n + 1]) * z;
    double k = exponent;
    /* 2 s = f - s f, of which f is exact. */
    return k * LN2_HIGH + (f - (s * (f - 2 * sum) - k * LN2_LOW));
}

double real_logistic(double x)
{
    if (x < 0) {
        double e = real_exp(x);
        return e / (1 + e);
    }
    return 1 / (1 + real_exp(-x));
}
