"""The SPI bus of the kernel. Nothing here knows a chip."""
