"""The staff's gateway: accounts, pages, REST, Socket.IO, and `view.py`, which says what a role may see of the world."""
