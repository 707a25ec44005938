"""The catalogue: one record per chip, by what it measures; data alone."""
