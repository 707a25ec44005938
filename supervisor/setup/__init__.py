"""Installing on a machine. Nothing here runs in the daemon."""
