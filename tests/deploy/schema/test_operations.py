"""What all operations have in common."""

import pytest

from zdt_deploy.schema import operations as zdt


@pytest.mark.parametrize("name", zdt.__all__)
def test_each_says_which_releases_may_be_alive(name):
    said = {word.strip(",.:;").lower() for word in getattr(zdt, name).__doc__.split()}

    assert "alive" in said
    assert said & {"release", "releases"}
    assert said & {"before", "after"}
