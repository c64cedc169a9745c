"""Who may come in and what he may do: roles, passwords, sessions, tokens, attempts, revocation."""
