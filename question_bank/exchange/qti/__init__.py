"""QTI 2.1, 2.2 and 3.0 (1EdTech): single items, and content packages with a manifest and pictures; read and written."""
