"""Operations for ordinary Django migrations that the release before can live with.

``from zdt_deploy.schema import operations as zdt``, in a migration with ``atomic = False``. What
each does to the site, and which releases may be alive before and after, its docstring says.
"""

from zdt_deploy.schema.operations.altering import (
    ContractAlterField,
    ExpandAlterField,
    SwitchAlterField,
)
from zdt_deploy.schema.operations.columns import AddFieldWithDefault, AddForeignKey
from zdt_deploy.schema.operations.constraints import AddConstraint, RemoveConstraint
from zdt_deploy.schema.operations.dropping import DropField, DropTable, RetireField, RetireModel
from zdt_deploy.schema.operations.foreign_keys import (
    AddForeignKeyConstraint,
    RemoveForeignKeyConstraint,
)
from zdt_deploy.schema.operations.indexes import AddIndexConcurrently, RemoveIndexConcurrently
from zdt_deploy.schema.operations.nulls import DropNotNull, SetNotNull
from zdt_deploy.schema.operations.renaming import (
    ContractRenameField,
    ExpandRenameField,
    SwitchRenameField,
)
from zdt_deploy.schema.operations.splitting import (
    ContractMergeFields,
    ContractSplitField,
    ExpandMergeFields,
    ExpandSplitField,
    SwitchMergeFields,
    SwitchSplitField,
)
from zdt_deploy.schema.operations.tables import (
    ContractRenameTable,
    ExpandRenameTable,
    SwitchRenameTable,
)

__all__ = [
    "AddConstraint",
    "AddFieldWithDefault",
    "AddForeignKey",
    "AddForeignKeyConstraint",
    "AddIndexConcurrently",
    "ContractAlterField",
    "ContractMergeFields",
    "ContractRenameField",
    "ContractRenameTable",
    "ContractSplitField",
    "DropField",
    "DropNotNull",
    "DropTable",
    "ExpandAlterField",
    "ExpandMergeFields",
    "ExpandRenameField",
    "ExpandRenameTable",
    "ExpandSplitField",
    "RemoveConstraint",
    "RemoveForeignKeyConstraint",
    "RemoveIndexConcurrently",
    "RetireField",
    "RetireModel",
    "SetNotNull",
    "SwitchAlterField",
    "SwitchMergeFields",
    "SwitchRenameField",
    "SwitchRenameTable",
    "SwitchSplitField",
]

for _name in __all__:
    globals()[_name].__module__ = __name__  # what squashed migrations import
