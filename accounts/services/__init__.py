"""What people do with accounts: people (users and roles), setting_up (links), signing_in (proofs and sessions)."""
