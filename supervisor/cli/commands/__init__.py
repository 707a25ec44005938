"""One command a file, by what it works on. Nothing here does what another room can do."""
