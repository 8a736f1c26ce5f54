"""Flags in tests, without a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction

from zdt_flags.pins import Pin, pinned


class override_flags:
    """Answer for these flags, as a context manager or as a decorator of a (sync or async) test::

        with override_flags(new_checkout_flow=True):
            ...

    ``values`` is for names that are no Python names. Nests (the inner one wins), touches no store,
    and holds in this thread or task and in what it starts, the test client included.
    """

    def __init__(self, values: Mapping[str, bool] | None = None, /, **flags: bool) -> None:
        self.flags = {**(values or {}), **flags}
        self._entered: list[AbstractContextManager[None]] = []

    def __enter__(self) -> None:
        context = _overridden(self.flags)
        context.__enter__()
        self._entered.append(context)

    def __exit__(self, *raised: Any) -> None:
        self._entered.pop().__exit__(*raised)

    def __call__(self, test: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(test)
        def run(*args: Any, **kwargs: Any) -> Any:
            with _overridden(self.flags):
                return test(*args, **kwargs)

        @wraps(test)
        async def run_async(*args: Any, **kwargs: Any) -> Any:
            with _overridden(self.flags):
                return await test(*args, **kwargs)

        return run_async if iscoroutinefunction(test) else run


@contextmanager
def _overridden(flags: Mapping[str, bool]) -> Iterator[None]:
    around = pinned.get()
    inherited = (around.overrides if around is not None else None) or {}
    request = around.request if around is not None else None
    token = pinned.set(Pin(request, {**inherited, **flags}))
    try:
        yield
    finally:
        pinned.reset(token)
