"""Processes that the daemon starts, and that may fail or hang without it: commands of `ON_EVENT`, the page. No decision is taken here."""
