"""Figures of a data set: the report of an evaluation and the label audit."""
