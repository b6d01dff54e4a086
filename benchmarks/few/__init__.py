"""What a few labels of a set make of the general network."""
