#!/usr/bin/env python3
"""Makes the files of tests/golden/measures: what other implementations say of fixed rows.

tools/measure_fixtures.py cases > tests/golden/measures/cases.txt, and so on for each file.

Written with scikit-learn 1.9.1, numpy 2.4.6 and pandas 3.1.1; nothing that builds or runs weir
needs them. The measures are scikit-learn's where it has them. Entity precision follows chapter 4 of
the Fraud Detection Handbook in pandas; capacity, gains, money and calibration error are counted the
slow way, threshold by threshold. Isotonic regression is scikit-learn's; Platt scaling is its
unpenalised logistic regression on each row twice, weighted by the targets of Platt's paper.

A line is one fact: `case NAME`, then `row SCORE TRUTH ENTITY DAY AMOUNT_MINOR` (in calibration.txt
`row MARGIN TRUTH WEIGHT`, in isolation.txt the features and the truth), then what is expected.
"""
import sys

import numpy as np
import pandas as pd
import sklearn
from sklearn import metrics
from sklearn.ensemble import IsolationForest
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

BINS = 10


def entity_precision(rows, k):
    """Card precision top-k, days in order, caught entities left out of later days."""
    caught = []
    by_day = []
    for day in sorted(rows['day'].unique()):
        of_day = rows[rows['day'] == day][['score', 'entity', 'truth']]
        of_day = of_day[~of_day['entity'].isin(caught)]
        ranked = of_day.groupby('entity').max().sort_values(
            by='score', ascending=False, kind='stable').reset_index()
        top = ranked.head(k)
        found = list(top[top['truth'] == 1]['entity'])
        by_day.append(len(found) / k)
        caught += found
    return np.array(by_day).mean()


def capacity(rows, k):
    """Reviews, hits and their amounts when the k highest of each day are reviewed."""
    taken = rows.sort_values(by='score', ascending=False, kind='stable').groupby('day').head(k)
    hits = taken[taken['truth'] == 1]
    return len(taken), len(hits), int(hits['amount'].sum())


def best_threshold(rows, cost):
    """Money saved at the best threshold, and how many reviews it takes."""
    best = (0, 0)
    for threshold in sorted(set(rows['score']), reverse=True):
        alerts = rows[rows['score'] >= threshold]
        saved = int(alerts[alerts['truth'] == 1]['amount'].sum()) - cost * len(alerts)
        if saved > best[0]:
            best = (saved, len(alerts))
    return best


def gain(rows, share):
    """The share of positives in the first `share` of the rows, equal scores in all orders."""
    wanted = share * len(rows)
    hits = 0.0
    for _, group in sorted(rows.groupby('score'), reverse=True):
        take = min(wanted, len(group))
        hits += take / len(group) * group['truth'].sum()
        wanted -= take
    return hits / rows['truth'].sum()


def calibration_error(rows):
    """Expected calibration error in equal bins (lower, upper]."""
    edges = np.array([i / BINS for i in range(1, BINS)])
    which = np.searchsorted(edges, rows['score'].to_numpy(), side='left')
    return sum(abs(group['truth'].mean() - group['score'].mean()) * len(group)
               for _, group in rows.groupby(which)) / len(rows)


def put(*words):
    print(*(repr(float(word)) if isinstance(word, float) else word for word in words))


def put_probabilities(rows):
    truth, score = rows['truth'], rows['score']
    put('brier', metrics.brier_score_loss(truth, score))
    put('log_loss', metrics.log_loss(truth, score))
    put('calibration_error', calibration_error(rows))


def put_curves(rows):
    truth, score = rows['truth'], rows['score']
    fpr, tpr, _ = metrics.roc_curve(truth, score, drop_intermediate=False)
    for x, y in zip(fpr, tpr):
        put('roc', x, y)
    precision, recall, _ = metrics.precision_recall_curve(truth, score)
    for y, x in zip(precision[::-1], recall[::-1]):
        put('precision_recall', x, y)


def put_case(name, rows, curves=False):
    put('case', name)
    for row in rows.itertuples():
        put('row', float(row.score), row.truth, row.entity, row.day, row.amount)
    put('auc', metrics.roc_auc_score(rows['truth'], rows['score']))
    put('average_precision', metrics.average_precision_score(rows['truth'], rows['score']))
    if rows['score'].between(0, 1).all():
        put_probabilities(rows)
    for k in (1, 3, 10, 100):
        put('entity_precision', k, entity_precision(rows, k))
        put('capacity', k, *capacity(rows, k))
    for cost in (0, 100, 5000, 10**9):
        put('best', cost, *best_threshold(rows, cost))
    for share in (0.0, 0.01, 0.1, 0.5, 1.0):
        put('gain', share, gain(rows, share))
    if curves:
        put_curves(rows)


def frame(score, truth, entities, days, seed):
    random = np.random.default_rng(seed)
    count = len(score)
    return pd.DataFrame({
        'score': score, 'truth': np.asarray(truth, dtype=int),
        'entity': random.integers(0, entities, count), 'day': random.integers(-2, days - 2, count),
        'amount': random.integers(0, 50000, count)})


def platt(margin, truth, weight):
    """Slope and intercept of greatest likelihood, on targets drawn in by the class counts."""
    positive = weight[truth].sum()
    negative = weight[~truth].sum()
    target = np.where(truth, (positive + 1) / (positive + 2), 1 / (negative + 2))
    middle, scale = margin.mean(), margin.std() or 1.0
    fit = LogisticRegression(C=np.inf, solver='newton-cholesky', tol=1e-13, max_iter=1000)
    x = (np.concatenate([margin, margin]).reshape(-1, 1) - middle) / scale
    fit.fit(x, np.repeat([1, 0], len(margin)),
            sample_weight=np.concatenate([weight * target, weight * (1 - target)]))
    slope = fit.coef_[0, 0] / scale
    return float(slope), float(fit.intercept_[0] - slope * middle)


def put_calibration(name, margin, truth, weight=None):
    margin, truth = np.asarray(margin, dtype=float), np.asarray(truth, dtype=bool)
    weight = np.ones(len(margin)) if weight is None else np.asarray(weight, dtype=float)
    put('case', name)
    for row in zip(margin, truth, weight):
        put('row', float(row[0]), int(row[1]), float(row[2]))
    fit = IsotonicRegression(out_of_bounds='clip').fit(margin, truth.astype(float), weight)
    for x, y in zip(fit.X_thresholds_, fit.y_thresholds_):
        put('point', float(x), float(y))
    places = np.linspace(margin.min() - 1, margin.max() + 1, 23)
    for x, y in zip(places, fit.predict(places)):
        put('isotonic', float(x), float(y))
    put('platt', *platt(margin, truth, weight))


def main_calibration():
    random = np.random.default_rng(20260102)
    put_calibration('two_rows', [-1.0, 1.0], [0, 1])
    put_calibration('two_rows_wrong', [-1.0, 1.0], [1, 0])
    put_calibration('same_margin', [2.5] * 9, [0, 1, 0, 0, 1, 0, 0, 0, 1])
    put_calibration('separated', np.arange(20) - 7.0, np.arange(20) >= 12)
    margin = random.normal(size=400) * 2
    put_calibration('usual', margin, random.random(400) < 1 / (1 + np.exp(1.5 - 0.7 * margin)))
    put_calibration('falling', margin[:150], random.random(150) < 1 / (1 + np.exp(margin[:150])))
    margin = random.integers(-5, 6, 200) / 4
    put_calibration('ties', margin, random.random(200) < 1 / (1 + np.exp(1 - 2 * margin)))
    margin = random.normal(size=250) * 1e6 + 3e6
    truth = random.random(250) < 1 / (1 + np.exp(-(margin - 3e6) / 1e6))
    put_calibration('weights', margin, truth, random.integers(1, 9, 250) / 2)
    margin = random.normal(size=600)
    truth = random.random(600) < 0.004 + 0.05 * (margin > 1.5)
    put_calibration('rare', margin, truth)


def main_cases():
    random = np.random.default_rng(20260101)
    put_case('two_rows', frame([0.25, 0.75], [0, 1], 2, 1, 1), curves=True)
    put_case('two_rows_wrong', frame([0.75, 0.25], [0, 1], 2, 1, 2), curves=True)
    put_case('two_rows_tied', frame([0.5, 0.5], [1, 0], 2, 2, 3), curves=True)
    put_case('constant', frame([0.3] * 30, random.random(30) < 0.3, 5, 3, 4), curves=True)
    put_case('ends', frame([0.0, 1.0, 0.0, 1.0, 0.5, -0.0], [0, 1, 1, 0, 1, 0], 3, 2, 5),
             curves=True)
    put_case('bin_edges', frame(list(np.arange(11) / 10) * 2, random.random(22) < 0.5, 9, 2, 6))
    put_case('ties', frame(random.integers(0, 6, 120) / 7, random.random(120) < 0.25, 12, 4, 7),
             curves=True)
    truth = random.random(300) < 0.2
    put_case('margins', frame(random.normal(size=300) * 3 + 2 * truth, truth, 40, 7, 8))
    put_case('far', frame([-1e308, -1.0, 0.0, 5e-324, 1.0, 1e308, 1e308], [0, 1, 0, 0, 1, 1, 0],
                          4, 2, 9))
    truth = np.zeros(1500, dtype=bool)
    truth[[3, 700, 1200]] = True
    put_case('rare', frame(np.round(random.random(1500) * 0.3 + truth * 0.5, 3), truth, 60, 7, 10))
    truth = random.random(700) < 0.08
    put_case('cards', frame(np.round(np.clip(random.random(700) * 0.7 + truth * 0.4, 0, 1), 2),
                            truth, 90, 7, 11))


def main_isolation():
    """Rows with planted outliers, and how well scikit-learn's forests find them."""
    random = np.random.default_rng(20260103)
    count, outliers = 600, 24
    rows = random.normal(size=(count, 5)) * [1, 10, 0.1, 3, 1] + [0, 50, -1, 0, 7]
    rows[:, 3] = rows[:, 0] * 2 + random.normal(size=count)
    odd = random.permutation(count)[:outliers]
    rows[odd] += random.normal(size=(outliers, 5)) * [1.8, 18, 0.2, 6, 1.6]
    rows = np.round(rows, 3)
    truth = np.isin(np.arange(count), odd).astype(int)
    areas = []
    for seed in range(20):
        forest = IsolationForest(n_estimators=200, max_samples=256, random_state=seed).fit(rows)
        areas.append(metrics.roc_auc_score(truth, -forest.score_samples(rows)))
    put('case', 'planted')
    for row, is_odd in zip(rows, truth):
        put('row', *(float(x) for x in row), int(is_odd))
    put('auc', float(np.mean(areas)), float(np.min(areas)), float(np.max(areas)))


print(f'# scikit-learn {sklearn.__version__}, numpy {np.__version__}, pandas {pd.__version__}')
{'cases': main_cases, 'calibration': main_calibration, 'isolation': main_isolation}[sys.argv[1]]()
