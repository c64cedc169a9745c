"""FastAGI: Asterisk connects for a caller, the engine says what he hears. Translates and performs, decides nothing."""
