"""Training a network on labelled images."""
