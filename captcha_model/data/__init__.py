"""Labelled images: sources, checks, splits, synthetic images and augmentation."""
