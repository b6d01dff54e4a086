"""A saved model folder, written and read safely."""
