"""`python -m benchmarks.serve TARGET`: serves an app factory exactly as the product is served, one process."""

from __future__ import annotations

import sys

from core.config import from_environ
from core.serving import serve

if __name__ == "__main__":
    serve(sys.argv[1], from_environ(), host="127.0.0.1", workers=1)
