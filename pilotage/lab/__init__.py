"""Many benches at once: which there are, how they are, and making all of them safe; nothing about one bench alone."""
