"""`python -m benchmarks.serve TARGET PROCESSES`: serves an app factory exactly as the product is served."""

from __future__ import annotations

import sys

from core.config import from_environ
from core.serving import serve

if __name__ == "__main__":
    serve(sys.argv[1], from_environ(), host="127.0.0.1", workers=int(sys.argv[2]))
