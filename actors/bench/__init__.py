"""What a bench is: sensors, outputs, interlocks, limits, access, as data.

Nothing here does anything, or imports more than the errors.
"""
