"""From log-probabilities to texts, posteriors and spans, with NumPy only."""
