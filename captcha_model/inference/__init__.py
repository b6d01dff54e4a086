"""From images to readings: preprocessing, the network, decoding and rejection, connected."""
