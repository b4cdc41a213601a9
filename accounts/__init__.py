"""Staff who sign in: people, roles, permissions, sessions."""
