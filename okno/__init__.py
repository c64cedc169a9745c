"""The kernel every service stands on. It knows nothing of calls, chats or patients."""

__version__ = "0.1.0"
