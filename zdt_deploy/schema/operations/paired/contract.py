"""The contract of a change with old and new columns."""

from zdt_deploy.schema.operations.paired.change import PairedOperation
from zdt_deploy.schema.operations.steps import ContractStep


class ContractOperation(PairedOperation, ContractStep):
    """Drops the old columns, at once or when the gate opens."""
