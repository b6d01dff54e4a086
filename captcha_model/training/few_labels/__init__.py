"""Training on so few labelled images that none is spent on a validation split."""
