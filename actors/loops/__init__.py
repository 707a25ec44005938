"""Loops: a value held at a set-point by an output. The law is in `law/`, the search for its constants in `tuning/`, both without a clock.

Nothing here touches hardware: an actor hears readings, and drives its output by messages like everybody else.
"""
