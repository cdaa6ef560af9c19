"""Each rule of METRICS.md that the SQL holds has a mutant, and each mutant is one of the SQL."""

from collections import Counter

import pytest

from tests.architecture.project import PROJECT
from tests.mutants.catalogue import MUTANTS, RULES
from tests.mutants.mutant import Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_a_mutant_changes_is_there_once(mutant: Mutant) -> None:
    assert mutant.applied(PROJECT) != (PROJECT / mutant.path).read_text(encoding="utf-8")


def test_every_rule_has_a_mutant_and_every_mutant_a_rule() -> None:
    assert sorted({mutant.rule for mutant in MUTANTS}) == sorted(RULES)


def test_no_two_mutants_say_the_same() -> None:
    names = Counter(mutant.name for mutant in MUTANTS)
    assert [name for name, count in names.items() if count > 1] == []
