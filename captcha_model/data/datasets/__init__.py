"""Public data sets that have a name of their own in `find_samples`."""
