"""Counts every change of the flags in the database itself, and offers them as `feature_flags`.

The version is bumped when a transaction commits, so that an open one holds no lock on it: a kill
switch never waits for a forgotten psql session on another flag. Whole-table TRUNCATE cannot be
deferred and bumps at once.
"""

from django.db import migrations

BUMP = """
CREATE FUNCTION zdt_flags_bump() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO zdt_flags_snapshotversion AS mine (id, version, changed_at)
    VALUES (1, 1, clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET version = mine.version + 1, changed_at = clock_timestamp()
    WHERE mine.xmin <> pg_current_xact_id()::xid;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER zdt_flags_changed
    AFTER INSERT OR UPDATE OR DELETE ON zdt_flags_flag
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION zdt_flags_bump();
CREATE CONSTRAINT TRIGGER zdt_flags_changed
    AFTER INSERT OR UPDATE OR DELETE ON zdt_flags_target
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION zdt_flags_bump();
CREATE TRIGGER zdt_flags_emptied
    AFTER TRUNCATE ON zdt_flags_flag EXECUTE FUNCTION zdt_flags_bump();
CREATE TRIGGER zdt_flags_emptied
    AFTER TRUNCATE ON zdt_flags_target EXECUTE FUNCTION zdt_flags_bump();
"""

UNBUMP = """
DROP TRIGGER IF EXISTS zdt_flags_changed ON zdt_flags_flag;
DROP TRIGGER IF EXISTS zdt_flags_changed ON zdt_flags_target;
DROP TRIGGER IF EXISTS zdt_flags_emptied ON zdt_flags_flag;
DROP TRIGGER IF EXISTS zdt_flags_emptied ON zdt_flags_target;
DROP FUNCTION IF EXISTS zdt_flags_bump();
"""

# A fraction of a percent is rounded down: who reads the view never takes a user for on who is not.
# A table that a site already calls feature_flags stays as it is, and there is no view.
VIEW = """
DO $$
BEGIN
    IF to_regclass('feature_flags') IS NOT NULL THEN
        RAISE NOTICE 'feature_flags exists already: the view of zdt_flags was not made';
        RETURN;
    END IF;
    CREATE VIEW feature_flags AS
    SELECT flag.name,
           flag.enabled,
           floor(flag.percentage)::integer AS percentage,
           ARRAY(
               SELECT target.value::text FROM zdt_flags_target AS target
               WHERE target.flag_id = flag.name AND target.verdict = 'allow'
               ORDER BY target.value
           ) AS whitelist,
           flag.updated_at
    FROM zdt_flags_flag AS flag;
    COMMENT ON VIEW feature_flags IS 'Flags of zdt_flags; whole percents, rounded down.';
END $$;
"""

NO_VIEW = """
DO $$
BEGIN
    IF obj_description(to_regclass('feature_flags'), 'pg_class') LIKE 'Flags of zdt_flags;%' THEN
        DROP VIEW feature_flags;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("zdt_flags", "0001_initial")]

    operations = [
        migrations.RunSQL(BUMP, UNBUMP),
        migrations.RunSQL(VIEW, NO_VIEW),
    ]
