"""Fits the weights that ship in `knowledge/weights/`, and fits them again with repositories held out."""
