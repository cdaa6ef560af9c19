"""The plot of every ticket: which step follows which.

ARRIVE ─▶ QUEUE ─▶ ANSWER ─▶ CONVERSE ─▶ SOLVE ─▶ AFTERMATH ─▶ CLOSE
▲         ▲          │                    │
│         │  AWAIT_CUSTOMER, HOLD,        │
│         └─ HAND_ON ◀                    │
└─ ESCALATE ◀                REOPEN ◀─────┘
"""

from collections.abc import Callable

from ingestion.sample import answering, ending, opening
from ingestion.sample.arrivals import Arrival
from ingestion.sample.story import Step, Story, Told, World

STEPS: dict[Step, Callable[[Story], Step]] = {
    Step.ARRIVE: opening.arrive,
    Step.QUEUE: answering.queue,
    Step.ANSWER: answering.answer,
    Step.CONVERSE: answering.converse,
    Step.AWAIT_CUSTOMER: answering.await_customer,
    Step.GO_QUIET: answering.go_quiet,
    Step.HOLD: answering.hold,
    Step.ESCALATE: answering.escalate,
    Step.HAND_ON: answering.hand_on,
    Step.SOLVE: ending.solve,
    Step.AFTERMATH: ending.aftermath,
    Step.REOPEN: ending.reopen,
    Step.CLOSE: ending.close,
}


def tell(arrival: Arrival, world: World, end: int) -> list[Told]:
    """A ticket's events, in the order told, until its story is over or goes past `end`."""
    story = Story(arrival, world)
    step = Step.ARRIVE
    while step is not Step.END and story.at <= end:
        step = STEPS[step](story)
    return story.told
