"""Commands that make what the repository shows."""
