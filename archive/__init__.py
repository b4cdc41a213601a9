"""What is kept how long, and what becomes of it then: periods, legal holds, acts of destruction; the outbox."""
