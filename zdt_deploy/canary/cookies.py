"""Who a visitor is: the signed cookie `zdt_id`, and `zdt_bucket` for proxies.

`zdt_id` holds ``ID.SIGNATURE``; what is hashed is the plain ID, so that a proxy which cuts the
last dot and what follows computes the same bucket. `zdt_bucket` is that bucket for proxies that can
only compare text: the fine one in five digits, of which the first two are the coarse one. It is not
signed, and is mended when it differs.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from http.cookies import Morsel
from typing import Any
from urllib.parse import quote

from django.core.signals import setting_changed
from django.core.signing import BadSignature, Signer
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

from zdt_core import buckets
from zdt_deploy.conf import conf

ID, BUCKET = "zdt_id", "zdt_bucket"
REMEMBERED = 10_000
"""Verified cookies that a process remembers, twice over at most."""

_COOKIE_SAFE = "!#$&'()*+-./:<=>?@[]^_`{|}~"


@dataclass(frozen=True, slots=True)
class Visitor:
    """``key`` is the id that is hashed, ``cookie`` what `zdt_id` should hold, ``bucket`` what
    `zdt_bucket` should."""

    key: str
    fine: int
    bucket: str
    cookie: str = ""

    @classmethod
    def of(cls, key: str, cookie: str = "") -> Visitor:
        fine = buckets.fine(key)
        return cls(key, fine, f"{fine:05d}", cookie)

    @property
    def coarse(self) -> int:
        """The bucket that is told, 0 to 99."""
        return self.fine * 100 // buckets.STEPS


def key_of(pk: Any) -> str:
    """The id for a user's primary key: its text, percent-encoded where a cookie can't hold it."""
    return quote(str(pk), safe=_COOKIE_SAFE)


class Jar:
    """Reads and writes zdt's cookies; settings are read once, when it is made."""

    def __init__(self) -> None:
        self._signer = Signer(salt="zdt.id", sep=".")
        self._young: dict[str, Visitor] = {}
        self._old: dict[str, Visitor] = {}
        self._always_secure = conf.COOKIE_SECURE
        self._plain, self._secure = _blank(secure=False), _blank(secure=True)

    def read(self, cookie: str | None) -> Visitor | None:
        """The visitor behind a cookie; None without one, or when its signature is not ours."""
        if cookie is None:
            return None
        return self._young.get(cookie) or self._old.get(cookie) or self._verify(cookie)

    def issue(self, key: str | None = None) -> Visitor:
        """A visitor with a cookie; without a ``key`` one with a new random id."""
        key = key or secrets.token_urlsafe(12)
        return Visitor.of(key, self._signer.sign(key))

    def write(self, request: HttpRequest, response: HttpResponseBase, visitor: Visitor) -> None:
        """Set those of the visitor's cookies that the request did not bring, if any."""
        sent = request.COOKIES
        id_differs = sent.get(ID) != visitor.cookie and visitor.cookie
        bucket_differs = sent.get(BUCKET) != visitor.bucket
        if not (id_differs or bucket_differs) or _is_for_shared_caches(response):
            return
        blank = self._secure if self._always_secure or request.is_secure() else self._plain
        if id_differs:
            response.cookies[ID] = _filled(blank, ID, visitor.cookie)
        if bucket_differs:
            response.cookies[BUCKET] = _filled(blank, BUCKET, visitor.bucket)
        patch_vary_headers(response, ("Cookie",))

    def _verify(self, cookie: str) -> Visitor | None:
        try:
            key = self._signer.unsign(cookie)
        except BadSignature:
            return None
        visitor = self.issue(key)  # signed with the current key, should the cookie's be older
        if len(self._young) >= REMEMBERED:
            self._old, self._young = self._young, {}
        self._young[cookie] = visitor
        return visitor


def _blank(*, secure: bool) -> Morsel[str]:
    """A cookie with everything but its name and value."""
    blank: Morsel[str] = Morsel()
    blank.update(
        {
            "max-age": str(conf.COOKIE_AGE),
            "path": conf.COOKIE_PATH,
            "domain": conf.COOKIE_DOMAIN or "",
            "samesite": "Lax",
        }
    )
    blank["httponly"] = True
    blank["secure"] = secure or ""
    return blank


def _filled(blank: Morsel[str], name: str, value: str) -> Morsel[str]:
    """The cookie; its value goes out as it is, since quotes would confuse proxies."""
    cookie = blank.copy()
    cookie.set(name, value, value)
    return cookie


def _is_for_shared_caches(response: HttpResponseBase) -> bool:
    rule = response.headers.get("Cache-Control", "")
    return "public" in rule or "s-maxage" in rule


@cache
def jar() -> Jar:
    """This process's jar."""
    return Jar()


@receiver(setting_changed)
def _make_a_new_jar(**kwargs: Any) -> None:
    jar.cache_clear()
