"""Great Expectations, really loaded, says what a comparison says."""

import logging
import subprocess
import sys

from deskhouse.settings import CHECKOUT
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


def test_great_expectations_tells_nobody_of_its_own_affairs() -> None:
    assert judged([finding("any", 1, 0)])
    names = [name for name in logging.root.manager.loggerDict if name.startswith("great_expect")]
    assert names
    quiet = {name: logging.getLogger(name).getEffectiveLevel() for name in names}
    assert {name for name, level in quiet.items() if level < logging.WARNING} == set()


def test_what_only_warns_does_not_wait_for_great_expectations() -> None:
    program = (
        "import sys; from expectations.rules import Finding; from expectations.suite import broken;"
        "warning = Finding('any', '', False, 1, 0); assert broken([warning]) == (warning,);"
        "assert 'great_expectations' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, check=False)
    assert done.returncode == 0
