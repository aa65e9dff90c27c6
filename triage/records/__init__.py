"""All SQL of the project: one SQLAlchemy engine, small stores on top of it, each method one transaction."""
