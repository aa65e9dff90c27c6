"""One run: opening it, drafting each case as the service would, keeping, going on, what it may cost."""
