"""What later migrations take from a table, while a twin of it is on a new column."""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zdt_deploy.schema import changes, twins
from zdt_deploy.schema.twins import Twin


def clear_twin(editor: BaseDatabaseSchemaEditor, table: str, name: str) -> None:
    """Take away what stands in for the index or constraint ``name``, where a change is open.

    Else it would hold for what the models let be, until the old column goes.
    """
    if editor.collect_sql:
        return
    for change in changes.open_on(editor.connection, table):
        found = [Twin(**twin) for twin in change.spec.get("twins", ()) if twin["name"] == name]
        twins.clear(editor, table, found)
