"""Turns a customer request into hidden-work questions, a rough size and one honest answer."""

__version__ = "0.1.0"
