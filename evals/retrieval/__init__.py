"""Public reports with known duplicates, searched by the service's own store, index and ranking."""
