"""A bench's history, kept by a process of its own, which follows a daemon as any client does. Of ours it imports `pilotage` alone."""
