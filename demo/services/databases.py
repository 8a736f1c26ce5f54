"""Further databases on the server of a DATABASE_URL."""

from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


def create_database(url: str, name: str) -> str:
    """Make the empty database ``name`` beside the one of ``url`` and return its URL."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return with_name(url, name)


def drop_database(url: str, name: str) -> None:
    """Remove the database ``name`` and end its sessions; ``url`` must lead to another one."""
    with psycopg.connect(url, autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(drop.format(sql.Identifier(name)))


def with_name(url: str, name: str) -> str:
    """``url`` with another database: `postgres://postgres@/NAME?host=…`."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
