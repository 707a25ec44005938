"""The actors: one per sensor and output, the gateway, and the hardware below them."""
