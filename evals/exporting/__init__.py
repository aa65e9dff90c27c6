"""Closed requests as cases without names: `triage eval export`."""
