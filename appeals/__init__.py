"""The hour, the commission of at most five, key review, findings, decision, signed protocol (¶33–36)."""
