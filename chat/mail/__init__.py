"""Mail: what comes is read from a mailbox and kept, what goes is handed to a mail server once."""
