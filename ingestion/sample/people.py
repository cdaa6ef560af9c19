"""Who works at the help desk: teams, agents with their shifts and gifts, bots, and the rules."""

from dataclasses import dataclass
from enum import Enum

SOURCE = "sample"

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
MONDAY_TO_FRIDAY = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
SUNDAY_TO_THURSDAY = (SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY)
WEDNESDAY_TO_SUNDAY = (WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY)
FRIDAY_TO_TUESDAY = (FRIDAY, SATURDAY, SUNDAY, MONDAY, TUESDAY)
SATURDAY_TO_WEDNESDAY = (SATURDAY, SUNDAY, MONDAY, TUESDAY, WEDNESDAY)


class Team(Enum):
    """A team, by its id in the source."""

    ORDERS = "orders"
    TECHNICAL = "technical"
    BILLING = "billing"
    ACCOUNTS = "accounts"
    NIGHT = "emea-night"


TEAM_NAMES = {
    Team.ORDERS: "Orders and delivery",
    Team.TECHNICAL: "Technical support",
    Team.BILLING: "Billing",
    Team.ACCOUNTS: "Accounts",
    Team.NIGHT: "EMEA night",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who an event is by, as the event says it."""

    actor_id: str | None
    actor_kind: str
    via_automation: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """When somebody works: full hours of their own clock, on some weekdays.

    A shift that closes at or before it opens ends on the next day.
    """

    zone: str
    opens: int
    closes: int
    weekdays: tuple[int, ...] = MONDAY_TO_FRIDAY


@dataclass(frozen=True, slots=True, eq=False)
class Agent:
    """A person who answers tickets; each is one object, and equal to itself alone.

    `skill` (0 to 1) shows in ratings, reviews and reopens; `pace` stretches how long their work
    takes (1 is usual). `joins`, `leaves` and `moves` are shares of the history (0 to 1).
    """

    number: int
    name: str
    team: Team
    shift: Shift
    skill: float
    pace: float
    joins: float = 0.0
    leaves: float = 1.0
    moves: float = 1.0
    moves_to: Team | None = None
    has_voice_account: bool = False

    @property
    def agent_id(self) -> str:
        """The person's id, whatever account they work with."""
        return self.name.lower().replace(" ", "-")

    @property
    def email(self) -> str:
        """An address in the domain that is reserved for examples."""
        return self.name.lower().replace(" ", ".") + "@example.com"

    @property
    def account(self) -> str:
        """Their account in the ticket system."""
        return f"a-{self.number}"

    @property
    def voice_account(self) -> str:
        """The account that their calls come from: one of its own for a few."""
        return f"v-{self.number}" if self.has_voice_account else self.account


def _weekdays(zone: str, opens: int, closes: int) -> Shift:
    return Shift(zone, opens, closes)


AGENTS = (
    Agent(
        101, "Ines Duarte", Team.ORDERS, _weekdays("Europe/Lisbon", 7, 15), 0.92, 0.72,
        has_voice_account=True,
    ),
    Agent(102, "Tomasz Zielinski", Team.ORDERS, _weekdays("Europe/Warsaw", 9, 17), 0.70, 1.00),
    Agent(103, "Amara Okafor", Team.ORDERS, _weekdays("Africa/Lagos", 8, 16), 0.58, 1.15),
    Agent(104, "Lucia Herrera", Team.ORDERS, _weekdays("America/Bogota", 9, 17), 0.82, 0.88),
    Agent(
        105, "Daniel Whitcomb", Team.ORDERS, _weekdays("America/New_York", 12, 20), 0.48, 0.95,
        moves=0.55, moves_to=Team.TECHNICAL,
    ),
    Agent(
        106, "Mai Nguyen", Team.ORDERS,
        Shift("Asia/Ho_Chi_Minh", 9, 17, WEDNESDAY_TO_SUNDAY), 0.76, 0.92,
    ),
    Agent(
        107, "Sofia Lindqvist", Team.ORDERS,
        Shift("Europe/Stockholm", 10, 18, FRIDAY_TO_TUESDAY), 0.66, 1.05,
    ),
    Agent(
        201, "Jonas Weber", Team.TECHNICAL, _weekdays("Europe/Berlin", 8, 16), 0.95, 0.68,
        has_voice_account=True,
    ),
    Agent(202, "Priya Raman", Team.TECHNICAL, _weekdays("Asia/Kolkata", 10, 18), 0.86, 0.84),
    Agent(203, "Mateo Rossi", Team.TECHNICAL, _weekdays("Europe/Rome", 14, 22), 0.62, 1.10),
    Agent(204, "Grace Kim", Team.TECHNICAL, _weekdays("America/Los_Angeles", 9, 17), 0.74, 0.96),
    Agent(
        205, "Omar Haddad", Team.TECHNICAL,
        Shift("Asia/Dubai", 9, 17, SUNDAY_TO_THURSDAY), 0.45, 1.30,
    ),
    Agent(
        206, "Elena Petrova", Team.TECHNICAL,
        Shift("Europe/Sofia", 10, 18, FRIDAY_TO_TUESDAY), 0.80, 0.90,
    ),
    Agent(
        207, "Kwame Mensah", Team.TECHNICAL,
        Shift("Africa/Accra", 9, 17, SATURDAY_TO_WEDNESDAY), 0.42, 1.42, joins=0.4,
    ),
    Agent(301, "Hannah Clarke", Team.BILLING, _weekdays("Europe/London", 8, 16), 0.80, 0.90),
    Agent(302, "Luis Ferreira", Team.BILLING, _weekdays("America/Panama", 9, 17), 0.62, 1.12),
    Agent(303, "Yuki Tanaka", Team.BILLING, _weekdays("Asia/Tokyo", 9, 17), 0.90, 0.78),
    Agent(
        304, "Fatima Benali", Team.BILLING, _weekdays("Africa/Tunis", 10, 18), 0.50, 1.22,
        leaves=0.8,
    ),
    Agent(401, "Noah Bergstrom", Team.ACCOUNTS, _weekdays("Europe/Copenhagen", 8, 16), 0.75, 1.00),
    Agent(402, "Chloe Martin", Team.ACCOUNTS, _weekdays("America/Toronto", 9, 17), 0.86, 0.82),
    Agent(403, "Arjun Mehta", Team.ACCOUNTS, _weekdays("Asia/Singapore", 9, 17), 0.60, 1.08),
    Agent(
        501, "Zsofia Nagy", Team.NIGHT,
        Shift("Europe/Budapest", 21, 5, SUNDAY_TO_THURSDAY), 0.72, 0.94,
    ),
    Agent(
        502, "Ivan Kovac", Team.NIGHT,
        Shift("Europe/Zagreb", 22, 6, WEDNESDAY_TO_SUNDAY), 0.52, 1.25,
    ),
    Agent(
        503, "Rosa Delgado", Team.NIGHT,
        Shift("America/Phoenix", 14, 22, FRIDAY_TO_TUESDAY), 0.82, 0.86,
    ),
    Agent(
        504, "Leilani Santos", Team.NIGHT,
        Shift("Asia/Manila", 6, 14, SATURDAY_TO_WEDNESDAY), 0.64, 1.04,
    ),
)  # fmt: skip

REVIEWER_ID, REVIEWER_NAME = "a-901", "Marta Silva"
"""Who reviews others' tickets, and answers none."""

GREETER_ID, GREETER_NAME = "bot-greeter", "Greeter"
ASSISTANT_ID, ASSISTANT_NAME = "app-17", "Order assistant"
"""A bot that its help desk takes for an agent: that it is none, only agents.csv says."""

REVIEWER = Actor(REVIEWER_ID, "agent")
GREETER = Actor(GREETER_ID, "bot", via_automation=True)
ASSISTANT = Actor(ASSISTANT_ID, "agent")
RULE = Actor(None, "system", via_automation=True)
"""A rule, a trigger, an automation of the help desk."""
SYSTEM = Actor(None, "system")
"""The help desk itself: routing, SLA, surveys."""


BY_ACCOUNT = {agent: Actor(agent.account, "agent") for agent in AGENTS}
BY_VOICE = {agent: Actor(agent.voice_account, "agent") for agent in AGENTS}
BY_MACRO = {agent: Actor(agent.account, "agent", via_automation=True) for agent in AGENTS}
"""An automation that speaks in the agent's name."""
