"""Synthetic images of many looks: captchas, displays, counters and plates."""
