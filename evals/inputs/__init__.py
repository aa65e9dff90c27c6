"""Cases and where they come from: rows of CSV, choosing some, playing them in time order, public data."""
