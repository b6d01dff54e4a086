"""Labelled images: where they come from, how they are checked, split, augmented and drawn."""
