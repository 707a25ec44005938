"""What must hold between values: ends of chips, kinds of outputs, frequencies. Nothing here reads a file."""
