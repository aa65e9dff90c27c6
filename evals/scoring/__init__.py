"""Figures beyond a single case: baselines, groups, reading age."""
