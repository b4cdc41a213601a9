"""What the regulation says of technical appeals (¶33–36): states, filing, the commission, the hearing."""
