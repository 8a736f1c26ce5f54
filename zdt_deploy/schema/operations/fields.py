"""One attribute of a field that changes."""

from __future__ import annotations

from typing import Any

from django.db.migrations import AlterField, RemoveField
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.state import ProjectState
from django.db.models import Field

from zdt_deploy.schema.operations.base import ZdtOperation, field_in_state


class FieldChange(ZdtOperation, FieldOperation):
    """A change of one attribute of a field; the rest of the field stays as it is."""

    def changed(self, field: Field[Any, Any]) -> None:
        """Change the clone that becomes the field."""
        raise NotImplementedError

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"model_name": self.model_name, "name": self.name}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        field = field_in_state(state, app_label, self.model_name, self.name).clone()
        self.changed(field)
        state.alter_field(app_label, self.model_name_lower, self.name, field, True)

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        later = (AlterField, RemoveField)
        if isinstance(operation, later) and self.is_same_field_operation(operation):
            return [operation]
        return super().reduce(operation, app_label)
