"""A slower disk than the one here: a process started with :func:`slowed` waits longer in every fsync.

The disks of virtual machines say that they are done after 0.04 ms; a consumer SSD needs 1 to 3.5 ms. What a design does
about durability shows only with the wait.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("slow_disk.c")


def slowed(folder: Path, milliseconds: float) -> dict[str, str]:
    """Environment of a process whose every fsync and fdatasync takes so much longer; nothing for 0.

    Raises:
        RuntimeError: there is no C compiler, or it failed; the text is what it wrote.
    """
    if not milliseconds:
        return {}
    library = folder / "slow_disk.so"
    command = ["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", str(library), str(SOURCE), "-ldl"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise RuntimeError("a slower disk needs a C compiler: install gcc") from error
    if done.returncode:
        raise RuntimeError(done.stderr)
    return {"LD_PRELOAD": str(library), "FSYNC_MICROSECONDS": str(round(milliseconds * 1000))}
