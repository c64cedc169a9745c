"""What the database keeps of the PBXs' journals: how far each was read, and every call they mended."""
