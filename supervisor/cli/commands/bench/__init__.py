"""Commands that ask a running daemon. They use the public package, and no actor."""
