"""What can go wrong with the embedded services, and what to do about it."""

import re
from pathlib import Path

CURES = (
    (
        r"No space left on device|Disk quota exceeded",
        "The disk is full where the embedded services keep their data ({place}). Free about "
        "200 MB there, or point TMPDIR to a folder with room.",
    ),
    (
        r"could not (?:create|resize) shared memory|Cannot allocate memory|out of memory",
        "There is not enough (shared) memory for PostgreSQL. Stop other programs, give the "
        "container more of it (docker run --shm-size=256m), or give a server of your own: "
        "DATABASE_URL=postgres://user:password@host/name",
    ),
    (
        r"Address already in use",
        "The port or socket is taken by another program. Run the command again; if it happens "
        "again, give servers of your own with DATABASE_URL and REDIS_URL.",
    ),
    (
        r"error while loading shared libraries|Exec format error|GLIBC_\S+ not found",
        "The embedded server does not run on this system. Give a server of your own: "
        "DATABASE_URL=postgres://user:password@host/name, REDIS_URL=redis://host:6379/0",
    ),
    (
        r"Permission denied",
        "A file or folder is closed to the user that runs the embedded servers (under {place}). "
        "Point TMPDIR to a folder that every user may enter and run programs from.",
    ),
)


class ServicesError(RuntimeError):
    """The embedded services could not do what was asked."""


def explained(what: str, output: str, place: Path | str) -> ServicesError:
    """An error for a failed program: the cure if it is known, and the end of its output."""
    cure = next((text for pattern, text in CURES if re.search(pattern, output)), "")
    tail = "\n".join(f"    {line}" for line in output.strip().splitlines()[-12:])
    parts = [what, cure.format(place=place), f"The program's last words:\n{tail}" if tail else ""]
    return ServicesError("\n".join(part for part in parts if part))
