"""Pages of the archive and of the outbox."""
