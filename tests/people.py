"""People of the tests."""

import factory
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission


class UserFactory(factory.django.DjangoModelFactory):
    """A person without any permission; ``can=["drain_process"]`` gives some."""

    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence("person-{}".format)
    user_email = factory.Sequence("person-{}@example.com".format)

    class Params:
        staff = factory.Trait(is_staff=True)

    @factory.post_generation
    def can(self, create, codenames, **kwargs):
        if codenames:
            found = Permission.objects.filter(codename__in=codenames)
            assert found.count() == len(codenames), f"unknown permission among {codenames}"
            self.user_permissions.set(found)
