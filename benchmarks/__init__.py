"""What is measured: `python3 dev.py bench`, `python3 dev.py soak 1800`."""
