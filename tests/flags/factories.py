"""Flags to test with."""

import factory

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
