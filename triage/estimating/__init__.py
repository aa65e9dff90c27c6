"""How big is it? A distribution over sizes, learned from the company's own finished items in time order.

    features.py      what the length and layout of a text say
    history.py       finished items in time order, cleaned; says what was left out
    recency.py       what happened lately counts more
    distribution.py  sizes with weights: median, quantiles, mixing
    ridge.py         one voice: ridge regression on "is it at most this big?"
    comparables.py   one voice: the sizes of the nearest finished items
    table.py         one voice: what a shipped table says, times what it has been wrong by here
    model.py         the voices and the base rate, mixed by how well each has done here
    replay.py        plays the past again, honestly, to learn how far the voices can be trusted
    conformal.py     ranges that are right as often as they say
    outside.py       voices that are not the history: the shipped table, a model's opinion
    estimator.py     all of it: `SizeEstimator.fit(history).estimate(item)`

A size is any positive number on which the company's items can be compared: engineer-days in the product,
story points in the public data of `evals/suites/sizing.py`. Numbers only: no text, no SQL, no model of
language in here.
"""
