"""Files that came with a request: kept as they came, their words found and read as untrusted.

`reading.py` says which files are read and when, `formats.py` what a file is by its content, `sandbox.py`
runs `child.py` in a process of its own for everything that is more than plain text (`pdf.py`, `office.py`).
"""
