"""The papers of a test day: pure functions from content to the bytes of a PDF, Kyrgyz first, Russian second."""
