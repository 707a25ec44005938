"""Simulated chips that measure air."""
