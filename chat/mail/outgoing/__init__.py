"""What goes: a message made into a mail, handed over once, and of those nobody wrote not too many."""
