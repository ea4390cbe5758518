#!/usr/bin/env python3
"""Makes models with XGBoost and LightGBM, and what these libraries answer for rows.

tools/model_fixtures.py [--campaign] [--seed N] DIRECTORY

Uses whichever of the two libraries this Python has; run it once per version. The models that are
committed in tests/golden/models were made, on x86-64, by

    xgboost 1.7.6, lightgbm 4.7.0, numpy 2.4    (one environment)
    xgboost 2.1.4;  xgboost 3.0.5;  xgboost 3.1.2;  lightgbm 3.3.5 with numpy 1.26

With --campaign at least 200 models of each kind are made, of all depths, for
WEIR_MODEL_CAMPAIGN=DIRECTORY meson test -C build model_peers; without it a few small ones.

For a model NAME.json, NAME.ubj or NAME.txt, NAME.rows has one line per row:

    value ... | leaf ... | margin

Values are exact in decimal (nan, inf and -inf as words). A leaf is its place among the leaves of
its tree, from left to right, as the text of the model has them; trees in the order of the file.
"""
import argparse
import json
import math
import os
import sys

import numpy as np

FEATURES = 6
CATEGORIES = 12


def training_rows(rng, rows, categorical):
    """Rows with missing values, zeros, ties and, if wished, two categorical features."""
    x = rng.normal(size=(rows, FEATURES)) * 10.0 ** rng.integers(-3, 4, size=FEATURES)
    x[:, 1] = np.round(x[:, 1] / max(1e-9, np.abs(x[:, 1]).max()) * 5)
    x[rng.random(x.shape) < 0.15] = 0.0
    if categorical:
        x[:, FEATURES - 2] = rng.integers(0, 4, rows)
        x[:, FEATURES - 1] = rng.integers(0, CATEGORIES, rows)
    signal = np.nan_to_num(x / (np.abs(x).max(axis=0) + 1e-30)).sum(axis=1)
    signal += 0.7 * np.sin(3 * x[:, 0]) + 0.5 * (x[:, FEATURES - 1] % 3 == 1)
    x[rng.random(x.shape) < 0.1] = np.nan
    y = (signal + rng.normal(size=rows) * 0.5 > np.median(signal)).astype(np.float32)
    return x, y, signal


def asked_rows(rng, x, rows, categorical, narrow, thresholds):
    """Rows of every kind that a scorer may be asked about."""
    kind = np.float32 if narrow else np.float64
    asked = x[rng.integers(0, len(x), rows)].astype(kind).astype(np.float64)
    odd = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-45, -1e-45, 1.1754942e-38, 1e-35, -1e-35, 2e-35,
           3.4e38, -3.4e38]
    if not narrow:
        odd += [5e-324, -5e-324, 1.7e308, -1.7e308, float(np.float32(1e-35)),
                float(np.nextafter(np.float64(np.float32(1e-35)), 1)), 1.0000000000000002e-35]
    strange = [-1.0, -0.5, 0.5, 2.9, float(CATEGORIES), 31.0, 32.0, 64.0, 1e6, 16777216.0, 3e9,
               -3e9, 1e30, np.nan, np.inf, -np.inf]
    for row in asked:
        for feature in range(FEATURES):
            draw = rng.random()
            is_category = categorical and feature >= FEATURES - 2
            if is_category and draw < 0.35:
                row[feature] = strange[rng.integers(len(strange))]
            elif is_category:
                row[feature] = rng.integers(0, CATEGORIES + 3)
            elif draw < 0.25:
                row[feature] = odd[rng.integers(len(odd))]
            elif draw < 0.5 and thresholds.get(feature):
                at = kind(thresholds[feature][rng.integers(len(thresholds[feature]))])
                to = kind(rng.choice([-np.inf, np.inf]))
                row[feature] = float(at if rng.random() < 0.4 else np.nextafter(at, to))
    return asked.astype(kind)


def write_rows(path, rows, leaves, margins):
    def text(value):
        value = float(value)
        if math.isnan(value):
            return 'nan'
        return ('-inf' if value < 0 else 'inf') if math.isinf(value) else repr(value)
    with open(path, 'w', encoding='ascii') as file:
        for row, leaf, margin in zip(rows, leaves, margins):
            file.write(' '.join(text(value) for value in row) + ' | ' +
                       ' '.join(str(int(each)) for each in leaf) + ' | ' + text(margin) + '\n')


def places(left, right, is_leaf, root):
    """The leaves' places from left to right, by their numbers."""
    found, stack = {}, [root]
    while stack:
        node = stack.pop()
        if is_leaf(node):
            found[node] = len(found)
        else:
            stack += [right[node], left[node]]
    return found


def xgboost_settings(rng, number, depth):
    """Settings of one model, and whether it has categories."""
    booster = ['gbtree', 'gbtree', 'dart'][number % 3]
    categorical = number % 2 == 1
    method = ['exact', 'approx', 'hist'][rng.integers(3)]
    if categorical and method == 'exact':
        method = 'hist'
    objectives = ['binary:logistic', 'reg:squarederror', 'binary:logitraw', 'reg:logistic',
                  'reg:squaredlogerror', 'rank:pairwise', 'reg:absoluteerror']
    settings = {
        'booster': booster, 'objective': objectives[number % len(objectives)], 'max_depth': depth,
        'tree_method': method, 'eta': float(rng.uniform(0.05, 0.9)), 'seed': int(number),
        'min_child_weight': 0, 'lambda': float(rng.uniform(0, 2)), 'nthread': 1,
        'num_parallel_tree': int(rng.choice([1, 1, 1, 2])), 'subsample': 0.8, 'verbosity': 0,
        'gamma': float(rng.choice([0, 0, 0.05, 1.0])),
        'max_cat_to_onehot': int(rng.choice([1, 4, 20])),
    }
    if settings['objective'] == 'reg:absoluteerror':
        settings['num_parallel_tree'] = 1
    if booster == 'dart':
        settings |= {'rate_drop': 0.4, 'one_drop': 1}
    if method == 'hist' and rng.random() < 0.3:
        settings |= {'grow_policy': 'lossguide', 'max_leaves': int(rng.integers(2, 2 ** depth + 1))}
    if rng.random() < 0.5:
        settings['base_score'] = float(rng.uniform(0.05, 0.95))
    return settings, categorical


def xgboost_predict(xgboost, booster, rows, **options):
    """Predicts rows of which each may have infinities: the library lets through only those that
    are not its mark of a missing value, and only if that mark is infinite."""
    result = None
    minus = (rows == -np.inf).any(axis=1)
    for part, missing in ((minus, np.inf), (~minus, -np.inf)):
        if not part.any():
            continue
        data = xgboost.DMatrix(rows[part], missing=missing, feature_names=booster.feature_names,
                               feature_types=booster.feature_types, enable_categorical=True)
        answer = booster.predict(data, **options)
        answer = answer.reshape(part.sum(), -1)
        result = np.zeros((len(rows), answer.shape[1])) if result is None else result
        result[part] = answer
    return result


def make_xgboost(xgboost, directory, name, number, depth, size, seed):
    rng = np.random.default_rng([seed, number, depth])
    settings, categorical = xgboost_settings(rng, number, depth)
    x, y, signal = training_rows(rng, size['training'], categorical)
    x = x.astype(np.float32)
    label = y
    if settings['objective'] in ('reg:squarederror', 'reg:absoluteerror'):
        label = signal
    named = number % 4 != 2
    types = ['q'] * (FEATURES - 2) + ['c'] * 2 if categorical else None
    names = [f'f {i} \u00e9' if i == 2 else f'f{i}' for i in range(FEATURES)] if named else None
    data = xgboost.DMatrix(x, label, feature_names=names, feature_types=types,
                           enable_categorical=True)
    if settings['objective'] == 'rank:pairwise':
        data.set_group([len(x) // 2, len(x) - len(x) // 2])
    booster = xgboost.train(settings, data, num_boost_round=size['rounds'](rng))
    if number % 5 == 4:
        booster.set_attr(best_iteration='0')
    path = os.path.join(directory, name)
    booster.save_model(path + '.json')
    with open(path + '.json', encoding='utf-8') as file:
        model = json.load(file)['learner']['gradient_booster']
    trees = model.get('gbtree', model)['model']['trees']
    if size['whole'] or number // 2 % 2 == 1:
        booster.save_model(path + '.ubj')
        if not size['whole']:
            os.remove(path + '.json')
    thresholds = {}
    orders = []
    for tree in trees:
        left, right = tree['left_children'], tree['right_children']
        orders.append(places(left, right, lambda node, left=left: left[node] == -1, 0))
        for node, feature in enumerate(tree['split_indices']):
            if left[node] != -1 and not tree['split_type'][node]:
                thresholds.setdefault(feature, []).append(tree['split_conditions'][node])
    rows = asked_rows(rng, x, size['rows'], categorical, True, thresholds)
    # An infinity of each sign cannot be asked in one row.
    both = (rows == np.inf).any(axis=1) & (rows == -np.inf).any(axis=1)
    rows[both] = np.where(rows[both] == -np.inf, np.float32(np.inf), rows[both])
    margins = xgboost_predict(xgboost, booster, rows, output_margin=True)[:, 0]
    leaves = xgboost_predict(xgboost, booster, rows, pred_leaf=True).astype(int)
    leaves = [[orders[i][leaf] for i, leaf in enumerate(row)] for row in leaves]
    write_rows(path + '.rows', rows, leaves, margins)


def lightgbm_settings(rng, number, depth):
    boosting = ['gbdt', 'dart', 'rf', 'gbdt'][number % 4]
    objectives = ['binary', 'regression', 'cross_entropy', 'regression_l1', 'huber', 'binary']
    settings = {
        'boosting': boosting, 'objective': objectives[number % len(objectives)],
        'num_leaves': int(min(2 ** depth, 400)), 'max_depth': depth, 'num_threads': 1,
        'learning_rate': float(rng.uniform(0.05, 0.9)), 'min_data_in_leaf': 1,
        'min_sum_hessian_in_leaf': 0, 'seed': int(number), 'verbose': -1, 'min_data_per_group': 1,
        'max_cat_to_onehot': int(rng.choice([1, 4, 20])), 'cat_smooth': 1, 'deterministic': True,
        'use_missing': bool(number % 5 != 3), 'zero_as_missing': bool(number % 3 == 2),
        'max_bin': int(rng.choice([15, 255])),
    }
    if boosting == 'rf':
        settings |= {'bagging_freq': 1, 'bagging_fraction': 0.6, 'feature_fraction': 0.8}
    if settings['objective'] == 'binary' and rng.random() < 0.5:
        settings['sigmoid'] = float(rng.uniform(0.3, 3))
    return settings, number % 2 == 1


def lightgbm_tree_order(tree):
    """Places of the leaves of a tree as dump_model gives it, and its thresholds by feature."""
    order, thresholds, stack = {}, {}, [tree]
    while stack:
        node = stack.pop()
        if 'split_index' not in node:
            order[node.get('leaf_index', 0)] = len(order)
            continue
        if node['decision_type'] == '<=':
            thresholds.setdefault(node['split_feature'], []).append(node['threshold'])
        stack += [node['right_child'], node['left_child']]
    return order, thresholds


def make_lightgbm(lightgbm, directory, name, number, depth, size, seed):
    rng = np.random.default_rng([seed, number, depth])
    settings, categorical = lightgbm_settings(rng, number, depth)
    x, y, signal = training_rows(rng, size['training'], categorical)
    if number % 3 == 0:
        x[:, 2] = np.nan_to_num(x[:, 2])
    label = y if settings['objective'] in ('binary', 'cross_entropy') else signal
    names = [f'f{i}' for i in range(FEATURES)]
    data = lightgbm.Dataset(x, label, feature_name=names, free_raw_data=False,
                            categorical_feature=[FEATURES - 2, FEATURES - 1] if categorical else [])
    booster = lightgbm.train(settings, data, num_boost_round=size['rounds'](rng))
    path = os.path.join(directory, name)
    booster.save_model(path + '.txt')
    if not size['whole']:
        shorten(path + '.txt')
    thresholds, orders = {}, []
    for tree in booster.dump_model()['tree_info']:
        order, found = lightgbm_tree_order(tree['tree_structure'])
        orders.append(order)
        for feature, values in found.items():
            thresholds.setdefault(feature, []).extend(values)
    rows = asked_rows(rng, x, size['rows'], categorical, False, thresholds)
    margins = booster.predict(rows, raw_score=True)
    if settings['boosting'] == 'rf':
        margins = margins / booster.num_trees()  # raw_score leaves out what predict itself does
    if settings['objective'].startswith(('regression', 'huber')):
        assert np.allclose(margins, booster.predict(rows), rtol=1e-12)
    leaves = np.asarray(booster.predict(rows, pred_leaf=True)).reshape(len(rows), -1)
    leaves = [[orders[i][leaf] for i, leaf in enumerate(row)] for row in leaves]
    write_rows(path + '.rows', rows, leaves, margins)


def shorten(path):
    """Leaves out the training's parameters, which no reader needs and which are most of a file."""
    with open(path, encoding='utf-8') as file:
        text = file.read()
    start, end = text.find('\nparameters:'), text.find('end of parameters')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text if start < 0 or end < 0 else text[:start + 13] + text[end:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--campaign', action='store_true')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('directory')
    options = parser.parse_args()
    os.makedirs(options.directory, exist_ok=True)
    size = {'training': 250, 'rows': 24, 'rounds': lambda rng: 2, 'whole': False,
            'count': 12}
    if options.campaign:
        size = {'training': 1500, 'rows': 100, 'rounds': lambda rng: int(rng.integers(1, 10)),
                'whole': True, 'count': 216}
    makers = {'xgboost': make_xgboost, 'lightgbm': make_lightgbm}
    made = 0
    for library, make in makers.items():
        try:
            module = __import__(library)
        except ImportError:
            continue
        version = module.__version__
        for number in range(size['count']):
            depth = number % 12 + 1
            if not options.campaign and depth > 6:
                size['training'] = 60
            make(module, options.directory, f'{library}-{version}-{number:03d}', number, depth,
                 size, options.seed)
            made += 1
        print(f'{library} {version}, numpy {np.__version__}: {size["count"]} models')
    if made == 0:
        sys.exit('neither xgboost nor lightgbm can be imported')


main()
