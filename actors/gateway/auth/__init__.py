"""Who may connect, read and drive. Nothing here serves a request."""
