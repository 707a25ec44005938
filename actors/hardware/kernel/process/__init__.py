"""The process that owns the lines of the kernel back end. It imports nothing of the daemon above the hardware."""
