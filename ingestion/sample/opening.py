"""How a ticket begins: a mail, a form, a chat, a message, a call; or one of the odd beginnings."""

from collections.abc import Mapping
from typing import Any

from ingestion.sample.arrivals import CHAT, EMAIL, PHONE, WEB, WHATSAPP
from ingestion.sample.chance import Spread
from ingestion.sample.clock import MINUTE, SECOND
from ingestion.sample.oddities import (
    abandon,
    be_deflected,
    be_merged,
    be_overlooked,
    be_spam,
    begin_by_rule,
)
from ingestion.sample.people import ASSISTANT, GREETER, RULE, Actor, Agent
from ingestion.sample.story import Step, Story
from ingestion.sample.targets import set_targets
from ingestion.sample.text import PRODUCTS, subject
from ingestion.sample.topics import OUTAGE

# Shares of the tickets of their channels.
SPAM = 0.028
BY_RULE = 0.03
OVERLOOKED = 0.015
DEFLECTED = 0.05
ABANDONED = 0.035
OPENED_BY_AGENT = 0.24
SOLVED_IN_THE_CALL = 0.45  # of those opened by an agent

PRIORITY_KNOWN = 0.8
TEAM_KNOWN = {EMAIL: 0.75, WEB: 1.0, CHAT: 1.0, WHATSAPP: 0.92, PHONE: 1.0}
GREETED = {CHAT: 0.7, WHATSAPP: 0.35}
ASKED_FOR_ORDER = 0.12
WRITES_ON = {EMAIL: 0.03, WEB: 0.03, CHAT: 0.18, WHATSAPP: 0.24}
ANSWERED_WHEN_CLOSED = 0.5  # by an automatic mail
CLOCK_OFF = 0.003

GREETING = Spread(700, 2 * SECOND, 4 * SECOND, 9 * SECOND)
AUTO_REPLY = Spread(3 * SECOND, 12 * SECOND, 40 * SECOND, 3 * MINUTE)
NEXT_LINE = Spread(6 * SECOND, 25 * SECOND, 70 * SECOND, 6 * MINUTE)
ROUTING = Spread(400, 2 * SECOND, 9 * SECOND, 30 * SECOND)
RINGING = Spread(3 * SECOND, 14 * SECOND, 50 * SECOND, 4 * MINUTE)


def arrive(story: Story) -> Step:
    """A ticket is created."""
    if story.arrival.duplicate_of is not None:
        create(story, story.customer)
        return be_merged(story)
    if story.channel == PHONE:
        return _call(story)
    if story.channel in (CHAT, WHATSAPP):
        return _message(story)
    return _letter(story)


def create(story: Story, by: Actor, *, status: str = "new", agent: Agent | None = None) -> None:
    """The creation, with what is known of the ticket by then, and the targets it gets."""
    arrival, dice = story.arrival, story.dice
    topic, requester = arrival.topic, arrival.requester
    priority = topic.priorities.at(dice.roll())
    story.status, story.agent = status, agent
    order = f"SO-{100_000 + dice.between(0, 900_000)}"
    product = dice.pick(PRODUCTS)
    attributes: dict[str, Any] = {
        "channel": story.channel,
        "requester_id": requester.requester_id,
        "subject": subject(topic, requester, order, product, dice),
        "tags": [topic.name, "contract"] if requester.has_contract else [topic.name],
    }
    if dice.happens(PRIORITY_KNOWN):
        story.priority = attributes["priority"] = priority
    if story.team is None and dice.happens(TEAM_KNOWN[story.channel]):
        story.team = topic.team
    if story.team is not None:
        attributes["team_id"] = story.team.value
    if status != "new":
        attributes["status"] = status
    if agent is not None:
        attributes["assignee_id"] = story.account(agent).actor_id
    if topic.has_order or topic.has_product:
        attributes["custom"] = _custom(story, order, product)
    story.record("ticket_created", by, attributes=attributes)
    set_targets(story)


def _custom(story: Story, order: str, product: str) -> Mapping[str, str]:
    topic = story.arrival.topic
    custom = {"order_number": order} if topic.has_order else {}
    return custom | {"product": product} if topic.has_product else custom


def _letter(story: Story) -> Step:
    """A mail, or a form filled in."""
    dice = story.dice
    fate = dice.roll()
    if fate < BY_RULE and story.channel == EMAIL:
        create(story, RULE)
        return begin_by_rule(story)
    create(story, story.customer)
    if fate > 1 - SPAM:
        return be_spam(story)
    if fate > 1 - SPAM - OVERLOOKED:
        return be_overlooked(story)
    is_closed = not story.desk.is_open(story.arrival.topic.team, story.at)
    if is_closed and dice.happens(ANSWERED_WHEN_CLOSED):
        story.at += dice.lasts(AUTO_REPLY)
        story.says(RULE)
    _write_on(story)
    if story.team is None:
        story.at += dice.lasts(ROUTING)
        story.moves_to(story.arrival.topic.team, RULE)
    return Step.QUEUE


def _message(story: Story) -> Step:
    """A chat, or a message by WhatsApp."""
    dice = story.dice
    create(story, story.customer, status="open")
    if dice.happens(CLOCK_OFF):
        # The next line carries the time of a telephone whose clock is behind.
        story.record("public_reply", story.customer, at=story.at - dice.between(SECOND, 4 * MINUTE))
    if dice.happens(GREETED[story.channel]):
        story.at += dice.lasts(GREETING)
        story.says(GREETER)
    if story.arrival.topic.has_order and dice.happens(ASKED_FOR_ORDER):
        story.at += dice.lasts(GREETING)
        story.says(ASSISTANT)
    fate = dice.roll()
    if fate < DEFLECTED and story.arrival.topic is not OUTAGE:
        return be_deflected(story)
    if fate > 1 - ABANDONED and story.channel == CHAT:
        return abandon(story)
    _write_on(story)
    if story.team is None:
        story.moves_to(story.arrival.topic.team, RULE)
    return Step.QUEUE


def _call(story: Story) -> Step:
    """A call: taken, noted down by the agent afterwards, or left on the machine."""
    dice, desk = story.dice, story.desk
    team = desk.covering(story.arrival.topic.team, story.at)
    if not desk.is_open(team, story.at):
        create(story, story.customer)
        return Step.QUEUE
    agent = desk.someone(team, story.at, dice)
    free = desk.online_from(agent, story.at)
    story.team = team
    if free == story.at and dice.happens(OPENED_BY_AGENT):
        by = story.account(agent)
        if dice.happens(SOLVED_IN_THE_CALL):
            create(story, by, status="solved", agent=agent)
            return Step.AFTERMATH
        create(story, by, status="open", agent=agent)
        return Step.CONVERSE
    create(story, story.customer, status="open", agent=agent)
    story.at = free + dice.lasts(RINGING, desk.load(team, story.at))
    story.says(story.account(agent))
    story.replier, story.is_first_answered = agent, True
    return Step.CONVERSE


def _write_on(story: Story) -> None:
    """Before anybody answers, the customer adds a line or two."""
    while story.dice.happens(WRITES_ON[story.channel]):
        story.at += story.dice.lasts(NEXT_LINE)
        story.says(story.customer)
