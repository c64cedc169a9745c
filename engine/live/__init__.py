"""The live world as others see it: rows, numbered patches, the ring of the last ones, the WebSocket door."""
