"""The files of the port with keys: the server's, and those of its clients. docs/use/access.md tells where they lie. Light to import."""
