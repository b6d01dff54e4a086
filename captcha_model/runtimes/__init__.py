"""Libraries that run a network: from a batch of images to logits."""
