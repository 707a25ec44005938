"""MCP9600 and MCP9601: a thermocouple and its cold junction. Nothing here knows an actor."""
