"""What the three operations of a change with old and new columns do, whatever the change is."""

from zdt_deploy.schema.operations.paired.change import Change
from zdt_deploy.schema.operations.paired.columns import (
    collation_of,
    column_of,
    comments_of,
    default_of,
    new_column,
    require_own_column,
    spec_of,
)
from zdt_deploy.schema.operations.paired.contract import ContractOperation
from zdt_deploy.schema.operations.paired.expand import ExpandOperation
from zdt_deploy.schema.operations.paired.own import of_meta_or_hand, own_of
from zdt_deploy.schema.operations.paired.switch import SwitchOperation

__all__ = [
    "Change",
    "ContractOperation",
    "ExpandOperation",
    "SwitchOperation",
    "collation_of",
    "column_of",
    "comments_of",
    "default_of",
    "new_column",
    "of_meta_or_hand",
    "own_of",
    "require_own_column",
    "spec_of",
]
