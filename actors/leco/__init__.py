"""The bench as a member of a LECO network: one connection to a coordinator, many names. No other client is served here."""
