"""Sets of other people's images, read by turns without training by this package and by others."""
