"""Does a question ask the very thing? A matcher without a model, a model as judge, people's labels, and how
far each agrees with people."""
