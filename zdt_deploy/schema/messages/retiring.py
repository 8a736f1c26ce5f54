"""Fields and models that go."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "column_has_dependents": _(
        "{column} of {table} can't go, as this hangs on it: {dependents}. Take it off the column "
        "first; nothing is dropped along unasked."
    ),
    "column_not_all_doubled": _(
        "{column} of {table} can't go yet, as this holds for it and not for {new}, and would "
        "vanish: {missing}. If you need it, give {new} the same now. Then take it off {column} "
        "(DROP INDEX CONCURRENTLY; ALTER TABLE … DROP CONSTRAINT, … ALTER COLUMN … DROP NOT "
        "NULL): the contract goes on by itself."
    ),
    "column_will_not_go": _(
        "Take this off {column} of {table} before it is dropped: {dependents}."
    ),
    "table_has_dependents": _(
        "{tables} can't go, as this hangs on it: {dependents}. Take it off first; nothing is "
        "dropped along unasked."
    ),
    "retired_rows_null": _(
        "{column} of {table} can't be NOT NULL again: rows were written without it while it was "
        "retired. Fill them first (UPDATE … WHERE {column} IS NULL), and run it again."
    ),
    "drop_not_restorable": _(
        "Nobody knows any more what {column} of {table} was like, so it can't be added again."
    ),
    "column_came_back_empty": _(
        "{table} has its column {column} again, but not what was in it: that is in your backups."
    ),
    "table_comes_back_empty": _(
        "{tables} will be created anew when the model's retirement is reversed, and without rows: "
        "those are in your backups."
    ),
    "table_came_back_empty": _(
        "{tables} is there again, but not its rows: those are in your backups."
    ),
    "field_is_key": _("{field} is the primary key of {model}, which can't be retired."),
    "field_default_unique": _(
        "{field} of {model} is unique, and every row of code that knows it no more would have the "
        "same default. Leave `default` out of RetireField: these rows then have NULL."
    ),
    "field_held_by_meta": _(
        "The Meta of {model} names {field} in {named}. Take that out first, in a migration before "
        "(a constraint by `manage.py zdt_schema new drop-constraint`): rows of code that knows the "
        "field no more would break it."
    ),
    "field_not_retired": _(
        "{field} is still a field of {model} at this point. RetireField comes first, a release "
        "before the drop."
    ),
    "model_not_retired": _(
        "{model} is still a model at this point. RetireModel comes first, a release before the "
        "drop."
    ),
}
