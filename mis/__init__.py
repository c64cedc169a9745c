"""The only process that talks to the clinic's medical information system, or holds its credentials."""
