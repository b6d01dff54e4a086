"""Random changes of training images, and fixed degradations for measuring."""
