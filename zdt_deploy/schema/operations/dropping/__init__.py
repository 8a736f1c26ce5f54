"""Fields and models that go: first out of the models, a release later out of the database."""

from zdt_deploy.schema.operations.dropping.fields import DropField, RetireField
from zdt_deploy.schema.operations.dropping.models import DropTable, RetireModel

__all__ = ["DropField", "DropTable", "RetireField", "RetireModel"]
