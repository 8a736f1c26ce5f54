"""Flags to test with."""

import factory
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from zdt_flags.models import Flag, Target


class FlagFactory(factory.django.DjangoModelFactory):
    """An enabled flag without a percentage: on for everyone."""

    class Meta:
        model = Flag

    name = factory.Sequence(lambda number: f"flag-{number}")
    enabled = True

    class Params:
        checkout = factory.Trait(name="new_checkout_flow", percentage=25)


class TargetFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Target

    flag = factory.SubFactory(FlagFactory)
    value = factory.Sequence(lambda number: f"user-{number}")


class UserFactory(factory.django.DjangoModelFactory):
    """A customer; ``staff=True`` works in the admin with the permissions that are named."""

    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"person-{number}")

    class Params:
        staff = factory.Trait(is_staff=True)

    @factory.post_generation
    def permissions(self, create, codenames):
        for codename in codenames or ():
            found = Permission.objects.get(content_type__app_label="zdt_flags", codename=codename)
            self.user_permissions.add(found)
