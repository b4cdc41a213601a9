"""Paper: A4 documents in PT Serif and PT Sans with selectable text; the same content gives the same bytes."""
