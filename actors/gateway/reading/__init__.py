"""Requests that only look: what is measured now, and what was measured a moment ago. Nothing here drives anything."""
