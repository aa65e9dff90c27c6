"""Two runs side by side: tables, and the cases that changed most."""
