"""Commands that make the images and the card in this repository, and run the sanitizers."""
