"""The person behind calls and requests: who is the same, whose missed calls are one piece of work, who is blocked."""
