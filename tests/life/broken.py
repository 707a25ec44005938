"""What a life must not show."""


class BrokenPromiseError(AssertionError):
    """One of the promises of docs/understand/safety.md or of the wire does not hold."""
