"""Papers of a technical appeal: the application (¶33) and the protocol of its hearing (¶35), in Kyrgyz and Russian."""
