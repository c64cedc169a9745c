"""The whole of Okno, started by `okno up`, with real calls through a real Asterisk."""
