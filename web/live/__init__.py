"""The live screens: what is sent to whom, what a socket may ask, and the figures of both."""
