"""Reading many images on one machine, with all its cores, into one file."""
