"""What any project could use: files, JSON, the choice of Keras's backend."""
