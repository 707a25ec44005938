"""One section of config.py a file. Nothing here reads a file."""
