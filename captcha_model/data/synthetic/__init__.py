"""Synthetic images: captchas, and out-of-distribution images."""
