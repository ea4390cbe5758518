#ifndef MODEL_REAL_H
#define MODEL_REAL_H

/* Exponential and logarithm of which every bit is the same on every machine: made of the operations
 * that IEEE 754 rounds exactly, while those of C libraries may pick other code, and so another last
 * digit, on another processor. */

/* e^x, within 1 unit in the last place, 1.5 where it is denormal; INFINITY above 709.78, 0 below
 * -745.13, NAN of NAN. About 40 ns; pure. */
double real_exp(double x);

/* The natural logarithm, within 1 unit in the last place; -INFINITY of 0, NAN of what is negative
 * or NAN. About 40 ns; pure. */
double real_log(double x);

/* 1 / (1 + e^-x), without overflow: 0 of -INFINITY, 1 of INFINITY, NAN of NAN. */
double real_logistic(double x);

#endif
