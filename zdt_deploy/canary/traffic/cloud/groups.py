"""Which target group serves a release: by the group's name, or by a tag that names the release."""

from __future__ import annotations

import re
from collections.abc import Sequence

from zdt_core.exceptions import ConfigurationError, Refused
from zdt_deploy.canary.traffic.cloud.amazon import Balancing

TAG = "zdt-release"
LONGEST_NAME = 32
MOST_GROUPS = 20


class Groups:
    """``given`` is a name such as ``"shop-{release}"``, in which all but letters and digits becomes
    a dash, or a list of names of groups that have the tag ``zdt-release``."""

    def __init__(self, balancing: Balancing, given: str | Sequence[str]) -> None:
        self._balancing, self._given = balancing, given
        self._known: dict[str, str] = {}
        if isinstance(given, str):
            if "{release}" not in given:
                raise ConfigurationError("target_groups is a list, or a name with {release} in it.")
        elif not given or len(given) > MOST_GROUPS or not all(isinstance(n, str) for n in given):
            raise ConfigurationError(f"target_groups lists 1 to {MOST_GROUPS} names.")

    def of(self, *releases: str) -> dict[str, str]:
        """The ARNs by release, of those releases that have a group; found once, they are not asked
        for again. Raises Refused."""
        wanted = [release for release in dict.fromkeys(releases) if release]
        if missing := [release for release in wanted if release not in self._known]:
            self._known |= self._found(missing)
        return {each: self._known[each] for each in wanted if each in self._known}

    def _found(self, releases: list[str]) -> dict[str, str]:
        if isinstance(self._given, str):
            return {each: arn for each in releases if (arn := self._named(self.name(each)))}
        return self._tagged(list(self._given))

    def name(self, release: str) -> str:
        """What people call the group of ``release``."""
        if not isinstance(self._given, str):
            return f"target group with the tag {TAG}={release}"
        return self._given.format(release=re.sub("[^A-Za-z0-9]+", "-", release).strip("-"))

    def _named(self, name: str) -> str | None:
        if len(name) > LONGEST_NAME:
            raise Refused(
                "balancer_misfit", balancer=self._balancing.name, what=f"The target group {name}",
                reason=f"a name has {LONGEST_NAME} letters at most",
            )  # fmt: skip
        try:
            found = self._balancing.ask("describe_target_groups", Names=[name])
        except Refused as refusal:
            if refusal.code == "balancer_missing":
                return None
            raise
        return str(found["TargetGroups"][0]["TargetGroupArn"]) if found["TargetGroups"] else None

    def _tagged(self, names: list[str]) -> dict[str, str]:
        groups = self._balancing.ask("describe_target_groups", Names=names)["TargetGroups"]
        arns = [each["TargetGroupArn"] for each in groups]
        told = self._balancing.ask("describe_tags", ResourceArns=arns)["TagDescriptions"]
        found: dict[str, str] = {}
        for each in told:
            release = next((tag["Value"] for tag in each["Tags"] if tag["Key"] == TAG), None)
            if release in found:
                raise Refused(
                    "balancer_misfit", balancer=self._balancing.name, what="More than one "
                    "target group", reason=f"they have the same tag {TAG}={release}",
                )  # fmt: skip
            if release:
                found[release] = each["ResourceArn"]
        return found
