"""Simulated chips of the catalogue: each as far as its library reads it. What they measure beside heat and damp never changes."""
