"""Is the app installed that the other apps stand on?"""

from __future__ import annotations

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured


def require_core(app: str) -> None:
    """For the first line of ``app``'s `ready`: its models would fail with a riddle otherwise."""
    if not apps.is_installed("zdt_core"):
        raise ImproperlyConfigured(f'{app} needs zdt_core. Add "zdt_core" to INSTALLED_APPS.')
