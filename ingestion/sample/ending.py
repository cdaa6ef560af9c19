"""How a ticket ends: solved, perhaps thanked for or opened again, closed by rule, forgotten."""

from ingestion.sample.answering import LIVE
from ingestion.sample.arrivals import CHAT, PHONE, WHATSAPP
from ingestion.sample.chance import Spread
from ingestion.sample.clock import DAY, HOUR, MINUTE, SECOND
from ingestion.sample.feedback import gather_feedback
from ingestion.sample.people import RULE, SYSTEM
from ingestion.sample.requesters import when_awake
from ingestion.sample.story import Step, Story

WRAPPING_UP = {
    CHAT: Spread(15 * SECOND, 4 * MINUTE, 14 * MINUTE, 45 * MINUTE),
    WHATSAPP: Spread(20 * SECOND, 9 * MINUTE, 50 * MINUTE, 5 * HOUR),
    PHONE: Spread(MINUTE, 5 * MINUTE, 14 * MINUTE, 50 * MINUTE),
}
"""On live channels: from the last answer to solved. A letter is sent and solved in one."""

THANKED = 0.05
TAKEN_FOR_A_QUESTION = 0.2  # of thanks: opened by it, and solved again by a rule
UNTAGGED = 0.1
FORGOTTEN = 0.0025  # on request

UNTIL_THANKED = Spread(MINUTE, 40 * MINUTE, 10 * HOUR, 3 * DAY)
UNTIL_REOPENED = Spread(5 * MINUTE, 9 * HOUR, 2 * DAY, 4 * DAY - HOUR)
UNTIL_RESTORED = Spread(20 * SECOND, 40 * SECOND, 2 * MINUTE, 5 * MINUTE)
UNTIL_CLOSED = 4 * DAY
UNTIL_FORGOTTEN = Spread(HOUR, 3 * DAY, 12 * DAY, 30 * DAY)


def solve(story: Story) -> Step:
    """The agent calls it solved."""
    dice, desk, agent = story.dice, story.desk, story.assignee
    if story.channel in LIVE:
        takes = dice.lasts(WRAPPING_UP[story.channel], agent.pace)
        story.at = desk.after_work(agent, story.at, takes)
    by = story.account(agent)
    if story.is_tagged and dice.happens(UNTAGGED):
        story.record("tag_removed", by, after="escalated")
        story.is_tagged = False
    story.becomes("solved", by)
    story.is_left_to_rules = False
    return Step.AFTERMATH


def aftermath(story: Story) -> Step:
    """Solved: people are asked how it was, say thanks, or come back because it was not."""
    dice = story.dice
    story.solved_at = story.at
    gather_feedback(story)
    skill = story.replier.skill if story.replier else 0.7
    comes_back = 0.03 + 0.13 * (1 - skill) + 0.05 * story.is_disappointing
    if dice.happens(comes_back / (1 + story.reopens)):
        return Step.REOPEN
    if dice.happens(THANKED):
        _thank(story)
    return Step.CLOSE


def reopen(story: Story) -> Step:
    """The customer writes again before it is closed: it was not solved."""
    story.at = _hears(story, UNTIL_REOPENED)
    story.reopens += 1
    story.says(story.customer)
    story.becomes("open", story.customer)
    return Step.ANSWER if story.agent is not None else Step.QUEUE


def close(story: Story) -> Step:
    """Days later, at the full hour, an automation closes it; chats and calls stay solved."""
    dice = story.dice
    if story.channel not in (CHAT, PHONE):
        runs = ((story.solved_at + UNTIL_CLOSED) // HOUR + 1) * HOUR
        story.at = runs + dice.between(2 * SECOND, 90 * SECOND)
        story.becomes("closed", RULE)
    if dice.happens(FORGOTTEN):
        story.at += dice.lasts(UNTIL_FORGOTTEN)
        story.record("redacted", SYSTEM)
    return Step.END


def _thank(story: Story) -> None:
    """A thanks on a solved ticket; taken for a question, it opens it for a minute."""
    dice = story.dice
    story.at = _hears(story, UNTIL_THANKED)
    story.says(story.customer)
    if dice.happens(TAKEN_FOR_A_QUESTION):
        story.becomes("open", story.customer)
        story.at += dice.lasts(UNTIL_RESTORED)
        story.becomes("solved", RULE)
        story.solved_at = story.at


def _hears(story: Story, spread: Spread) -> int:
    """When the customer writes again, awake, and before the ticket would be closed."""
    region = story.arrival.requester.region
    heard = when_awake(region, story.solved_at + story.dice.lasts(spread))
    return min(heard, story.solved_at + UNTIL_CLOSED)
