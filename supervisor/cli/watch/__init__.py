"""The live table. It knows documents of the wire, and no actor."""
