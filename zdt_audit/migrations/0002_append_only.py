"""Entries are only ever added, whoever asks: a trigger that fires in replica mode, too.

A test database loses it again right after the migration; see zdt_audit.protection.

Times get a BRIN index, small because entries come in their order. It is made here, since Django's own
would ask every site for django.contrib.postgres.
"""

from django.db import migrations

PROTECT = """
CREATE OR REPLACE FUNCTION zdt_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Audit entries are only ever added: % of % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'Correct a wrong entry by adding another one.';
END
$$;
CREATE OR REPLACE TRIGGER zdt_audit_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON zdt_audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION zdt_audit_refuse();
ALTER TABLE zdt_audit_entry ENABLE ALWAYS TRIGGER zdt_audit_append_only;
"""

UNPROTECT = """
DROP TRIGGER IF EXISTS zdt_audit_append_only ON zdt_audit_entry;
DROP FUNCTION IF EXISTS zdt_audit_refuse();
"""

INDEX = """
CREATE INDEX zdt_audit_at ON zdt_audit_entry USING brin (at) WITH (autosummarize = on);
"""


class Migration(migrations.Migration):
    dependencies = [("zdt_audit", "0001_initial")]

    operations = [
        migrations.RunSQL(PROTECT, UNPROTECT),
        migrations.RunSQL(INDEX, "DROP INDEX IF EXISTS zdt_audit_at"),
    ]
