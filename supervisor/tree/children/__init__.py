"""How each child is started, and with which policy. Nothing here decides when."""
