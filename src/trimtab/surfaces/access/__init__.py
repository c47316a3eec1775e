"""Who may come in and do what: users, roles, sessions, tokens, locks, and requests that are done once."""
