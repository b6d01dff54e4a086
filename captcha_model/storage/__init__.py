"""Saved model folders, written and read safely."""
