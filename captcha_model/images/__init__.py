"""From any source of an image to the pixels that a network takes."""
