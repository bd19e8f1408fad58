"""Files that are written as a whole or not at all.

What a command writes is put beside its place under another name and renamed: whoever is killed in the middle,
or finds the disk full, leaves what was there before.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path


def write_whole(place: Path, text: str) -> None:
    """Write ``text`` to ``place`` as UTF-8; folders above it are made.

    A link is followed, the mode of a file that is replaced is kept, and what is no file (``/dev/stdout``, a
    pipe) is written as it is.  Raises ``OSError`` naming ``place``; then nothing has changed.
    """
    place = Path(place)
    try:
        _write(Path(os.path.realpath(place)), text.encode("utf-8"))
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(place)) from None


def _write(place: Path, data: bytes) -> None:
    before = place.stat() if place.exists() else None
    if before is not None and not stat.S_ISREG(before.st_mode):
        place.write_bytes(data)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if before is not None:
            beside.chmod(stat.S_IMODE(before.st_mode))
        beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
