"""What of a URL may be shown. No I/O."""

from __future__ import annotations

from urllib.parse import urlsplit

HIDDEN = "…"


def shown(url: str, *, path: bool = True) -> str:
    """``url`` without what may be secret: no user, password, query or fragment.

    ``path=False`` hides the path as well: a webhook's is its password.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return HIDDEN
    host = f"[{host}]" if ":" in host else host
    place = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
    if not path and parts.path not in ("", "/"):
        return f"{place}/{HIDDEN}"
    return place + parts.path


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: who would get what is sent to ``url``."""
    parts = urlsplit(url)
    standard = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or standard
