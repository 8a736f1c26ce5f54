"""docs/requirements.md has every capability, once, under the id that all pages use."""

import re
from pathlib import Path

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "requirements.md").read_text()
FAMILIES = {"S": 8, "D": 16, "F": 5, "C": 14, "T": 4, "A": 3, "O": 1}


def test_every_capability_is_there_in_its_place():
    found = re.findall(r"^\*\*([A-Z]\d+) · ", PAGE, re.M)

    assert found == [
        f"{letter}{n}" for letter, count in FAMILIES.items() for n in range(1, count + 1)
    ]


def test_every_reference_case_belongs_to_a_capability():
    cases = PAGE.split("# Reference cases")[1]
    named = re.findall(r"^## ([A-Z]\d+)", cases, re.M)

    assert " ".join(named) == "S1 S4 D2 D3 D5 D9 D11 D12 D14 F1 C1 C4 C6 C7 C8 C11 T1 A1 O1"
