"""All mutants, and what of METRICS.md must have one."""

from tests.mutants import of_events

# Sections with what of them is said by itself, as far as the SQL says it: how a calendar's openings
# are laid out (2.5) is Python's (deskhouse.configuration.openings).
RULES = (
    "2.1 order",
    "2.1 creation first",
    "2.1 before the creation",
    "2.1 several creations",
    "2.1 no creation",
    "2.2 last set at the instant",
)

MUTANTS = (*of_events.MUTANTS,)
