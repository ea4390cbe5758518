#!/usr/bin/env python3
"""Makes tests/golden/scorecard/cases.txt: what another implementation says of fixed rows.

tools/scorecard_fixtures.py > tests/golden/scorecard/cases.txt

Written with scikit-learn 1.9.1 and numpy 2.4.6; nothing that builds or runs weir needs them. Each
distinct value is a bin of its own, so that the weights of evidence follow from their definition;
the regression on them is scikit-learn's, and so is the area under the curve. A feature whose
coefficient is negative is left out, the most negative first.

A line is one fact: `case NAME FEATURES RIDGE SMOOTHING SPECIAL KINDS`, where KINDS has an n for a
number and a c for a category; `rows LABEL COUNT VALUES...`; `base LOG_ODDS POINTS`; `cell FEATURE
VALUE LOG_ODDS POINTS`; `auc AUC`.
"""
import itertools
import math
import sys

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

FACTOR = 40 / math.log(2)
SPECIAL = 99.0


def text(value):
    """A double that reads back as it was."""
    return 'nan' if math.isnan(value) else repr(float(value))


def key(value):
    """Equal for values of one bin."""
    return 'nan' if math.isnan(value) else float(value)


def weights_of(column, labels, smoothing):
    """The weight of evidence of each distinct value, about 0 on average over the rows."""
    share = labels.mean()
    weights = {}
    keys = [key(x) for x in column]
    for value in dict.fromkeys(keys):
        inside = np.array([k == value for k in keys])
        positives = labels[inside].sum()
        negatives = inside.sum() - positives
        weights[value] = (math.log((positives + smoothing * share)
                                   / (negatives + smoothing * (1 - share)))
                          - math.log(share / (1 - share)))
    mean = np.mean([weights[k] for k in keys])
    return {value: weight - mean for value, weight in weights.items()}


def fit(matrix, labels, ridge):
    """Coefficients, 0 of features left out, and the intercept."""
    used = list(range(matrix.shape[1]))
    while True:
        model = LogisticRegression(C=1 / ridge, tol=1e-12, max_iter=10000, solver='newton-cg')
        model.fit(matrix[:, used], labels)
        worst = int(np.argmin(model.coef_[0]))
        if model.coef_[0][worst] >= 0:
            break
        del used[worst]
    coefficients = np.zeros(matrix.shape[1])
    coefficients[used] = model.coef_[0]
    return coefficients, model.intercept_[0]


def put_case(name, kinds, rows, labels, ridge, smoothing):
    """Prints a case: its rows, equal ones counted, and what is expected of them."""
    rows, labels = np.array(rows, dtype=float), np.array(labels, dtype=float)
    features = range(rows.shape[1])
    print('case', name, rows.shape[1], ridge, smoothing, SPECIAL, kinds)
    counts = {}
    for row, label in zip(rows, labels):
        fact = (int(label), *(text(x) for x in row))
        counts[fact] = counts.get(fact, 0) + 1
    for fact, count in sorted(counts.items()):
        print('rows', fact[0], count, *fact[1:])
    weights = [weights_of(rows[:, f], labels, smoothing) for f in features]
    matrix = np.array([[weights[f][key(x)] for f, x in enumerate(row)] for row in rows])
    coefficients, intercept = fit(matrix, labels, ridge)
    points = math.floor(660 - FACTOR * (intercept + math.log(15)) + 0.5)
    print('base', repr(float(intercept)), points)
    for f in features:
        for value, weight in weights[f].items():
            log_odds = coefficients[f] * weight
            print('cell', f, value, repr(float(log_odds)), math.floor(0.5 - FACTOR * log_odds))
    print('auc', repr(float(roc_auc_score(labels, intercept + matrix @ coefficients))))
    return coefficients


def is_positive(random, margin):
    """A label of that log-odds."""
    return random.random() < 1 / (1 + math.exp(-margin))


def combined(values, slopes, seed):
    """Rows of every combination of the features' values; `slopes` says what each value does."""
    random = np.random.default_rng(seed)
    rows, labels = [], []
    for row in itertools.product(*values):
        margin = -1.5 + sum(s[v.index(x)] for s, v, x in zip(slopes, values, row))
        for _ in range(int(random.integers(4, 30))):
            rows.append(row)
            labels.append(is_positive(random, margin))
    return rows, labels


def opposed(seed):
    """Rows of two features that mostly agree, of which the second speaks for what the first speaks
    against: alone it is a risk, beside the first it is none."""
    random = np.random.default_rng(seed)
    rows, labels = [], []
    for _ in range(900):
        a = float(random.integers(0, 3))
        b = a if random.random() < 0.8 else float(random.integers(0, 3))
        rows.append((a, b))
        labels.append(is_positive(random, -1.5 + 1.5 * a - 0.5 * b))
    return rows, labels


def main():
    """Prints the file."""
    nan = math.nan
    print('# scikit-learn', sklearn.__version__, 'numpy', np.__version__)
    put_case('numbers', 'nnn', *combined([[0., 1., 2.5], [-3., 4.], [10., 20., 30.]],
                                         [[0, .8, 1.5], [.4, -.4], [.5, -.5, .2]], 1), 1.0, 5.0)
    put_case('missing_special_category', 'nnc',
             *combined([[0., 1., nan], [5., 7., SPECIAL, nan], [0., 1., 2., 5.]],
                       [[-.5, .5, 1.0], [0, .6, 1.2, -.7], [.1, -.8, .9, .3]], 2), 0.1, 2.0)
    coefficients = put_case('opposed', 'nn', *opposed(4), 1.0, 5.0)
    assert coefficients[1] == 0 < coefficients[0]


if __name__ == '__main__':
    main()
