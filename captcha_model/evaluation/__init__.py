"""Evaluation of a model on labelled images, and the label audit."""
