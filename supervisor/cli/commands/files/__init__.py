"""Commands that write something for other programs: completion, manual, keys, settings of PyMoDAQ."""
