"""The phone in the page: its password, given to its operator alone, and our own door to Asterisk's web socket."""
