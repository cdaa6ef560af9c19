"""How a ticket is worked on: it waits for somebody, is answered, and goes back and forth."""

from ingestion.sample.arrivals import CHAT, EMAIL, PHONE, WEB, WHATSAPP
from ingestion.sample.chance import Odds, Spread
from ingestion.sample.clock import DAY, HOUR, MINUTE, SECOND
from ingestion.sample.people import BY_MACRO, RULE, SYSTEM, Agent, Team
from ingestion.sample.requesters import when_awake
from ingestion.sample.story import Step, Story
from ingestion.sample.targets import end_promise, follow_priority

LIVE = frozenset({CHAT, WHATSAPP, PHONE})

# Until somebody takes a ticket, in hours that the team is there.
QUEUE = {
    CHAT: Spread(5 * SECOND, 40 * SECOND, 130 * SECOND, 9 * MINUTE),
    WHATSAPP: Spread(20 * SECOND, 4 * MINUTE, 15 * MINUTE, 75 * MINUTE),
    EMAIL: Spread(3 * MINUTE, 75 * MINUTE, 4 * HOUR, 11 * HOUR),
    WEB: Spread(2 * MINUTE, 50 * MINUTE, 3 * HOUR, 8 * HOUR),
    PHONE: Spread(5 * MINUTE, 35 * MINUTE, 2 * HOUR, 5 * HOUR),
}
# How long a first answer takes an agent, in time online.
ANSWER = {
    CHAT: Spread(8 * SECOND, 40 * SECOND, 100 * SECOND, 6 * MINUTE),
    WHATSAPP: Spread(20 * SECOND, 3 * MINUTE, 9 * MINUTE, 40 * MINUTE),
    EMAIL: Spread(3 * MINUTE, 45 * MINUTE, 2 * HOUR, 5 * HOUR),
    WEB: Spread(3 * MINUTE, 40 * MINUTE, 2 * HOUR, 5 * HOUR),
    PHONE: Spread(MINUTE, 20 * MINUTE, 70 * MINUTE, 3 * HOUR),
}
# Likewise a later one, with the time until they see that it is wanted.
NEXT_ANSWER = {
    CHAT: Spread(8 * SECOND, 50 * SECOND, 150 * SECOND, 10 * MINUTE),
    WHATSAPP: Spread(40 * SECOND, 8 * MINUTE, 30 * MINUTE, 3 * HOUR),
    EMAIL: Spread(5 * MINUTE, 100 * MINUTE, 5 * HOUR, 12 * HOUR),
    WEB: Spread(5 * MINUTE, 100 * MINUTE, 5 * HOUR, 12 * HOUR),
    PHONE: Spread(5 * MINUTE, 70 * MINUTE, 4 * HOUR, 10 * HOUR),
}
CUSTOMER = {
    CHAT: Spread(6 * SECOND, 40 * SECOND, 2 * MINUTE, 15 * MINUTE),
    WHATSAPP: Spread(20 * SECOND, 7 * MINUTE, 2 * HOUR, 16 * HOUR),
    EMAIL: Spread(4 * MINUTE, 3 * HOUR, 20 * HOUR, 3 * DAY),
    WEB: Spread(4 * MINUTE, 3 * HOUR, 20 * HOUR, 3 * DAY),
    PHONE: Spread(20 * MINUTE, 5 * HOUR, 26 * HOUR, 3 * DAY),
}
PATIENCE = {
    CHAT: 10 * MINUTE, WHATSAPP: HOUR, PHONE: 4 * HOUR, EMAIL: 26 * HOUR, WEB: 26 * HOUR
}  # fmt: skip
"""Longer, and a colleague takes over from an agent who is away."""

LONG_WAIT = {
    CHAT: 6 * MINUTE, WHATSAPP: HOUR, PHONE: 2 * HOUR, EMAIL: 18 * HOUR, WEB: 16 * HOUR
}  # fmt: skip
"""Longer for a first reply, and the customer remembers it."""

SETTLED = {CHAT: 0.62, WHATSAPP: 0.54, EMAIL: 0.54, WEB: 0.54, PHONE: 0.70}
SILENT = {CHAT: 0.10, WHATSAPP: 0.08, EMAIL: 0.13, WEB: 0.13, PHONE: 0.10}
OTHERWISE = Odds(
    (
        (Step.AWAIT_CUSTOMER, 74),
        (Step.HOLD, 10),
        (Step.ESCALATE, 10),
        (Step.HAND_ON, 6),
    )
)
MOST_ROUNDS = 7

TAKEN_BY_HAND = 0.4
OPENED_WHEN_TAKEN = 0.3
NOTED = 0.09
TRIAGED = 0.35  # of those that had no priority
RAISED = 0.025
PROMISE_ENDS = 0.02
WAITS_VISIBLY = 0.6  # pending, where a conversation is by letter
WRITES_TWICE = 0.08
FOLLOWED_BY_MAIL = 0.25  # of customers who left a chat
REMINDED = 0.35
TAGGED = 0.5
PUT_BACK = 0.3

ON_HOLD = Spread(2 * HOUR, 22 * HOUR, 3 * DAY, 6 * DAY)
PASSING_ON = Spread(MINUTE, 6 * MINUTE, 25 * MINUTE, 90 * MINUTE)
WRITING_DOWN = Spread(3 * SECOND, 30 * SECOND, 3 * MINUTE, 8 * MINUTE)
UNTIL_GIVEN_UP = Spread(6 * MINUTE, 12 * MINUTE, 20 * MINUTE, 40 * MINUTE)
UNTIL_REMINDED = 2 * DAY
UNTIL_EXPIRED = 4 * DAY

_ESCALATED_TO = {
    Team.ORDERS: (Team.BILLING, Team.TECHNICAL),
    Team.TECHNICAL: (Team.ORDERS, Team.ACCOUNTS),
    Team.BILLING: (Team.ACCOUNTS, Team.ORDERS),
    Team.ACCOUNTS: (Team.TECHNICAL, Team.BILLING),
}


def queue(story: Story) -> Step:
    """The ticket waits for somebody of its team; where it is live, of one that is there."""
    dice, desk = story.dice, story.desk
    team = story.team or story.arrival.topic.team
    if story.channel in LIVE and not story.escalations:
        team = desk.covering(team, story.at)
    story.moves_to(team, RULE)
    waits = dice.lasts(QUEUE[story.channel], desk.load(team, story.at))
    story.at = desk.after_open_time(team, story.at, waits)
    agent = desk.someone(team, story.at, dice)
    story.at = desk.online_from(agent, story.at)
    by_hand = story.channel not in LIVE and dice.happens(TAKEN_BY_HAND)
    by = story.account(agent) if by_hand else RULE
    if agent is not story.agent:
        story.goes_to(agent, by)
    if story.status == "new" and dice.happens(OPENED_WHEN_TAKEN):
        story.becomes("open", by)
    if story.priority is None and dice.happens(TRIAGED):
        story.is_now(story.arrival.topic.priorities.at(dice.roll()), story.account(agent))
        follow_priority(story)
    return Step.ANSWER


def answer(story: Story) -> Step:
    """The agent answers, or a colleague if the agent is away for too long."""
    dice, desk = story.dice, story.desk
    agent = _whoever_is_there(story)
    spread = (NEXT_ANSWER if story.is_first_answered else ANSWER)[story.channel]
    takes = dice.lasts(spread, agent.pace * (1 if story.is_first_answered else agent.pace))
    done = desk.after_work(agent, story.at, takes)
    if dice.happens(NOTED):
        noted = max(story.at, done - dice.lasts(WRITING_DOWN))
        story.record("internal_note", story.account(agent), at=noted)
    story.at = done
    if dice.happens(RAISED):
        story.is_now("urgent" if story.priority == "high" else "high", story.account(agent))
        follow_priority(story)
    if dice.happens(PROMISE_ENDS):
        end_promise(story)
    story.says(story.account(agent))
    if not story.is_first_answered:
        story.is_first_answered = True
        if story.at - story.arrival.at > LONG_WAIT[story.channel]:
            story.is_disappointing = True
    story.replier = agent
    return Step.CONVERSE


def converse(story: Story) -> Step:
    """Was that it? The better the agent and the longer it goes on, the likelier."""
    agent, topic = story.assignee, story.arrival.topic
    story.rounds += 1
    settled = SETTLED[story.channel] + topic.ease + 0.35 * (agent.skill - 0.7) + 0.06 * story.rounds
    if story.dice.happens(settled) or story.rounds > MOST_ROUNDS:
        return Step.SOLVE
    following = story.dice.draw(OTHERWISE)
    if following is Step.ESCALATE and story.escalations:
        return Step.AWAIT_CUSTOMER
    return following


def await_customer(story: Story) -> Step:
    """The customer is asked something, and answers or does not."""
    dice, agent = story.dice, story.assignee
    by_letter = story.channel in (EMAIL, WEB)
    if dice.happens(WAITS_VISIBLY if by_letter else WAITS_VISIBLY / 4):
        story.becomes("pending", story.account(agent))
    if dice.happens(SILENT[story.channel]):
        return Step.GO_QUIET
    answered = story.at + dice.lasts(CUSTOMER[story.channel])
    story.at = when_awake(story.arrival.requester.region, answered)
    story.says(story.customer)
    if story.status in ("pending", "hold"):
        story.becomes("open", story.customer)
    while dice.happens(WRITES_TWICE):
        story.at += dice.lasts(CUSTOMER[CHAT])
        story.says(story.customer)
    return Step.ANSWER


def go_quiet(story: Story) -> Step:
    """No answer comes: a chat is given up, a letter reminded of and then expired by rule."""
    dice, agent = story.dice, story.assignee
    by = story.account(agent)
    if story.channel == CHAT:
        story.at += dice.lasts(UNTIL_GIVEN_UP)
        if not dice.happens(FOLLOWED_BY_MAIL):
            return Step.SOLVE
        story.record("channel_changed", by, before=CHAT, after=EMAIL)
        story.channel = EMAIL
        story.says(by)
    story.becomes("pending", by)
    expires = story.at + UNTIL_EXPIRED
    if dice.happens(REMINDED):
        story.at += UNTIL_REMINDED
        story.says(BY_MACRO[agent])
    story.at = expires
    story.becomes("solved", RULE)
    story.is_left_to_rules = True
    return Step.AFTERMATH


def hold(story: Story) -> Step:
    """Somebody else has to act first: a carrier, a bank, the engineers."""
    dice, desk, agent = story.dice, story.desk, story.assignee
    story.becomes("hold", story.account(agent))
    story.at += dice.lasts(ON_HOLD)
    agent = _whoever_is_there(story)
    story.at = desk.online_from(agent, story.at)
    return Step.ANSWER


def escalate(story: Story) -> Step:
    """The ticket needs another team."""
    dice, desk, agent = story.dice, story.desk, story.assignee
    team = story.arrival.topic.team
    if story.team is team:
        team = dice.pick(_ESCALATED_TO[team])
    by = story.account(agent)
    story.at = desk.after_work(agent, story.at, dice.lasts(PASSING_ON, agent.pace))
    story.escalations += 1
    story.notes(by)
    if dice.happens(TAGGED) and not story.is_tagged:
        story.record("tag_added", by, after="escalated")
        story.is_tagged = True
    story.moves_to(team, by)
    story.becomes("open", by)
    return Step.QUEUE


def hand_on(story: Story) -> Step:
    """A colleague of the same team goes on, named or whoever takes it."""
    dice, desk, agent = story.dice, story.desk, story.assignee
    by = story.account(agent)
    story.at = desk.after_work(agent, story.at, dice.lasts(PASSING_ON, agent.pace))
    if dice.happens(PUT_BACK):
        story.goes_to(None, by)
        return Step.QUEUE
    colleague = desk.someone(story.its_team, story.at, dice, other_than=agent)
    if colleague is not agent:
        story.goes_to(colleague, by)
    return Step.ANSWER


def _whoever_is_there(story: Story) -> Agent:
    """The assignee; or, if they are not back in time, a colleague who takes over."""
    desk, agent, team = story.desk, story.assignee, story.its_team
    patience = story.at + PATIENCE[story.channel]
    if desk.online_from(agent, story.at) <= patience:
        return agent
    if story.channel in LIVE and not story.escalations:
        team = desk.covering(team, story.at)
    opens = desk.open_from(team, story.at)
    colleague = desk.someone(team, opens, story.dice, other_than=agent)
    back = desk.online_from(colleague, opens)
    if colleague is agent or back >= desk.online_from(agent, story.at):
        return agent
    story.at = back
    story.moves_to(team, SYSTEM)
    story.goes_to(colleague, RULE)
    return colleague
