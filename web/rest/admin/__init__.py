"""What administrators ask of REST: the directory and its versions, accounts."""
