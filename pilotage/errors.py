"""What a client raises. Light: imported by every command."""


class ClientError(Exception):
    """The daemon, or the client itself, refused; `code` is stable (docs/reference/protocol.md), the text is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class UnreachableError(ClientError):
    """Nobody answered in time. A command that was sent may still have been carried out.

    `somebody` tells whether there is anything at that place that takes connections.
    """

    def __init__(self, code: str, message: str, *, somebody: bool = True) -> None:
        super().__init__(code, message)
        self.somebody = somebody


class KeyFileError(Exception):
    """A key file cannot be used; the text is a sentence that names the file, and never what is in it."""
