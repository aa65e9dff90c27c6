"""How well does it ask, size and find? Suites over requests whose end is known.

run.py         one run of one suite: `triage eval run`
compare.py     two runs and the gate: `triage eval compare`
cases.py       the cases; metrics.py, intervals.py, measures.py, results.py: what is counted; progress.py
suites/        hidden-work, answers, grounding, sizing, retrieval
inputs/ running/ scoring/ comparing/ report/    the parts of a run
judging/       does a question ask the very thing?
exporting/     cases from the company's own past
learning/      fits the weights that ship
sizing/ retrieval/    what these two suites play
bench/         speed and memory, as ratios measured in one run
"""
