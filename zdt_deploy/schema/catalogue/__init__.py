"""What the database says it holds: tables, columns, indexes, constraints, triggers, dependents.

Names come as ``table`` (found through search_path) or ``schema.table``. A table that isn't there
has no columns, no indexes and no rows.
"""

from zdt_deploy.schema.catalogue.column import Column, columns
from zdt_deploy.schema.catalogue.constraint import Constraint, constraints
from zdt_deploy.schema.catalogue.dependent import (
    MENTIONED,
    Dependent,
    blocking,
    dependents,
    indexes_and_constraints,
    spanning,
)
from zdt_deploy.schema.catalogue.index import Index, indexes
from zdt_deploy.schema.catalogue.naming import naming
from zdt_deploy.schema.catalogue.table import (
    full_name,
    has_row,
    is_empty,
    is_partitioned,
    oid,
    partitions,
    quoted,
    quoted_name,
    relation_exists,
    table_exists,
)
from zdt_deploy.schema.catalogue.trigger import Trigger, triggers

__all__ = [
    "MENTIONED",
    "Column",
    "Constraint",
    "Dependent",
    "Index",
    "Trigger",
    "blocking",
    "columns",
    "constraints",
    "dependents",
    "full_name",
    "has_row",
    "indexes",
    "indexes_and_constraints",
    "is_empty",
    "is_partitioned",
    "naming",
    "oid",
    "partitions",
    "quoted",
    "quoted_name",
    "relation_exists",
    "spanning",
    "table_exists",
    "triggers",
]
