"""From a batch of images to logits, by one of several libraries."""
