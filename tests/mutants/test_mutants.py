"""Every mutant still fits the product it is to break; `make prove` hunts them."""

from pathlib import Path

import pytest

import agent_runner
from tests.mutants.__main__ import MUTANTS
from tests.mutants.mutant import Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_fits_the_product(mutant: Mutant) -> None:
    for edit in mutant.edits:
        text = (Path(agent_runner.__file__).parent / edit.file).read_text()
        assert text.count(edit.snippet) == 1
        assert edit.replacement != edit.snippet


def test_there_are_enough_of_them_and_each_has_a_name() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 50
