"""Tables of labels: what lists image files and their texts, one module for each form."""
