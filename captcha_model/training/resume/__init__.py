"""Resuming an interrupted training run."""
