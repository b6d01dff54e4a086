"""From images to readings."""
