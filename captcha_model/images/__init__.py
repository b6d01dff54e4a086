"""From any image source to the pixels of a network's input."""
