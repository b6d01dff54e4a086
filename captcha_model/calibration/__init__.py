"""What makes confidences honest: the temperature and the novelty of images."""
