"""Why `zdt_schema new` and `next` write nothing."""

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

messages.register(
    {
        "schema_no_migrations": _(
            "The app “{app}” has no migrations. Run `manage.py makemigrations {app}` first."
        ),
        "schema_two_leaves": _(
            "The migrations of “{app}” end in more than one: {leaves}. Run `manage.py "
            "makemigrations --merge` first."
        ),
        "schema_model_unwritten": _(
            "“{model}” is no model as app.Model. Write it such as shop.User."
        ),
        "schema_name_taken": _(
            "“{model}” has a field or a column “{name}” already. Choose another name."
        ),
        "schema_name_unusable": _(
            "No field can be called “{name}”. Choose a name that Python takes and doesn't use "
            "itself, without “__”, without “_” at its end, and that Django's models have no use "
            "for (such as pk, save, check)."
        ),
        "schema_file_unusable": _(
            "Django finds no migration called “{name}”. Write --name with letters, digits and _, "
            "beginning with a letter, such as add_totals."
        ),
        "schema_table_taken": _(
            "{owner} has the table “{name}”. Choose another name for that of {model}."
        ),
        "schema_model_referred": _(
            "{fields} refer to {model}. Let these go first, by `manage.py zdt_schema new "
            "drop-field` (a model by `drop-table`), or give them another to refer to."
        ),
        "schema_models_ahead": _(
            "models.py of “{app}” is ahead of its migrations: {changes}. In this release it stays "
            "as it was; take that back, or let makemigrations write what has nothing to do with it."
        ),
        "schema_models_behind": _(
            "models.py has no {what} “{name}” of {model} that its migrations lack. Change "
            "models.py first; this then writes the migration for it."
        ),
        "schema_begun_already": _(
            "{key} has been begun in {migration}. For its next step: `manage.py zdt_schema next "
            "'{key}'`."
        ),
        "schema_under_way": _(
            "{key} and {other}, which {migration} has begun, both touch {shared}. Go on with that "
            "first: `manage.py zdt_schema next '{other}'`; begin this one once its contract is "
            "written."
        ),
        "schema_spanned": _(
            "{what} of {model} spans fields of {key} and of {other}, which {migration} has begun. "
            "Go on with that first: `manage.py zdt_schema next '{other}'`; begin this one once its "
            "contract is written."
        ),
        "schema_nothing_next": _(
            "No change of your migrations has a step to come. Begin one with `manage.py zdt_schema "
            "new`."
        ),
        "schema_which_next": _("Several changes have a step to come; name one of: {keys}."),
        "schema_not_in_files": _(
            "No migration file begins “{key}”, or it is complete. With a step to come: {keys}."
        ),
        "schema_is_so_already": _(
            "`new {change}` would change nothing: {field} of {model} is so in its migrations "
            "already."
        ),
        "schema_option_untaken": _(
            "`new {change}` takes no --{option}; see `zdt_schema new --help`."
        ),
        "schema_option_missing": _("`new {change}` needs --{option}; see `zdt_schema new --help`."),
        "schema_option_once": _("--{option} is given once for this change."),
        "schema_option_unnamed": _(
            "--{option} is NAME=… for this change, once for each field, not “{text}”."
        ),
        "schema_field_unreadable": _(
            "“{text}” is no field as models.py has it, such as "
            'models.BigIntegerField(db_column="total_big"): {error}.'
        ),
    }
)
