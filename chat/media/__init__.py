"""Files of messages: fetched after the answer, looked at by content, sealed, given out harmlessly."""
