"""The clinic's directory has versions: what differs, whom a change would hurt, when the YAML counts. Pure."""
