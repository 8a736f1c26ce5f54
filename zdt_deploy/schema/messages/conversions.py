"""Old and new columns, and what makes the one of the other."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "pair_columns": _(
        "A change needs old and new columns with different names, and has {columns} of {table}. "
        "Give the new field a db_column of its own."
    ),
    "pair_conversion_missing": _(
        "Say what {column} of {table} is made of: no conversion is given in `{side}`, and "
        "PostgreSQL has none that keeps each value. It is an SQL expression, with the columns of "
        "the other side in braces."
    ),
    "pair_column_unknown": _(
        "`{side}` gives a conversion for {column}, which is no column of that side of {table}."
    ),
    "pair_field_unknown": _(
        "The conversion of {column} of {table} in `{side}` names {{{field}}}; possible are the "
        "columns {known}. Double a brace that is meant literally."
    ),
    "pair_overflow_unknown": _("The policy {overflow} is unknown; there are {known}."),
    "pair_no_limit": _(
        "The policy {overflow} is not possible for {column} of {table}: zdt does not know what its "
        'type {type} can hold. Use overflow="raise", or let `down` make a value that it can hold.'
    ),
    "pair_not_null": _(
        "{column} of {table} may not be NULL, so that the policy “null” is not possible. Use "
        "“raise”, “clamp”, or “stop”, which gives up the way back."
    ),
}
