"""What the daemons of this computer wrote down for its other programs; nothing that is asked over a network."""
