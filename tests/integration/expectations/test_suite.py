"""Great Expectations, really loaded, says what a comparison says."""

from expectations.rules import Finding
from expectations.suite import broken, judged


def finding(rule: str, found: int, allowed: int | None) -> Finding:
    return Finding(rule, "", True, found, allowed)


def test_great_expectations_judges_as_a_comparison_does() -> None:
    findings = [
        finding(f"rule {found} {limit}", found, limit)
        for found in (0, 1, 7, 2**50)
        for limit in (None, 0, 1, 6, 7, 8)
    ]
    expected = tuple(one for one in findings if not one.holds)
    assert len(expected) == 9
    assert judged(findings) == broken(findings) == expected
    assert judged(expected) == expected
    assert judged([one for one in findings if one.holds]) == ()
    assert judged(()) == ()
