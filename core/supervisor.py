"""`python -m core.supervisor TARGET HOST PORT PROCESSES`: starts the server's processes and watches over them.

Nothing of the product is loaded here: it would stay in memory beside every process that loads it to serve
(docs/adr/0033-supervisor.md).
"""

from __future__ import annotations

import resource
import sys

from granian import Granian
from granian.constants import Interfaces

THREADS = 16  # of a process: saves wait in them for the disk together (docs/adr/0030-shared-commits.md)
BACKLOG = 4096  # connections that wait to be taken, as many as Linux lets wait (net.core.somaxconn)
CONNECTIONS = 16384  # of a process at once: a browser keeps several open, and holds them for half a minute
FILES = 2 * CONNECTIONS  # open at once, where the system allows as many


def watch(target: str, host: str, port: int, processes: int) -> None:
    """Serve ``target`` (``module:factory``) until interrupted; a process that dies is started anew."""
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= few < FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES if most < 0 else min(FILES, most), most))
    Granian(
        target, factory=True, interface=Interfaces.WSGI, address=host, port=port, workers=processes,
        blocking_threads=THREADS, backlog=BACKLOG, backpressure=CONNECTIONS, log_access=False,
        respawn_failed_workers=True,
    ).serve()  # fmt: skip


if __name__ == "__main__":
    watch(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
