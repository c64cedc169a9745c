"""Who writes, their conversations and messages: what is kept of them, in which order people see it, who is told."""
