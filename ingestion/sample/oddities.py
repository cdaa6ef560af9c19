"""Tickets that nobody answers as others: spam, duplicates, the overlooked, and what bots settle."""

from ingestion.sample.chance import Spread
from ingestion.sample.clock import DAY, HOUR, MINUTE, SECOND
from ingestion.sample.people import GREETER, REVIEWER, RULE
from ingestion.sample.requesters import when_awake
from ingestion.sample.story import Step, Story

CAUGHT_BY_RULE = 0.4  # of spam; the rest is deleted by somebody
RESTORED = 0.12  # of what was taken for spam
MERGED_WITH_NOTE = 0.3
ASKS_AGAIN = 0.4  # of the overlooked
ANSWERS_NOTICE = 0.55  # of those told something by a rule
THANKS_BOT = 0.5

UNTIL_CAUGHT = Spread(SECOND, 5 * SECOND, 30 * SECOND, 2 * MINUTE)
UNTIL_DELETED = Spread(MINUTE, 50 * MINUTE, 4 * HOUR, 12 * HOUR)
UNTIL_RESTORED = Spread(20 * MINUTE, 5 * HOUR, 18 * HOUR, 30 * HOUR)
UNTIL_MERGED = Spread(4 * MINUTE, 45 * MINUTE, 4 * HOUR, 10 * HOUR)
UNTIL_SWEPT = Spread(10 * DAY, 12 * DAY, 14 * DAY, 16 * DAY)
UNTIL_ASKED_AGAIN = Spread(DAY, 2 * DAY, 4 * DAY, 8 * DAY)
UNTIL_NOTICE_ANSWERED = Spread(5 * MINUTE, 5 * HOUR, 30 * HOUR, 3 * DAY)
UNTIL_NOTICE_EXPIRES = 5 * DAY
BOT_ANSWER = Spread(SECOND, 4 * SECOND, 9 * SECOND, 20 * SECOND)
READING = Spread(15 * SECOND, 50 * SECOND, 3 * MINUTE, 10 * MINUTE)
GIVING_UP = Spread(15 * MINUTE, 20 * MINUTE, 30 * MINUTE, 45 * MINUTE)


def be_spam(story: Story) -> Step:
    """Deleted by a rule or by an agent; seldom, that was a mistake."""
    dice, desk = story.dice, story.desk
    reason = {"reason": "spam"}
    if dice.happens(CAUGHT_BY_RULE):
        story.at += dice.lasts(UNTIL_CAUGHT)
        story.record("deleted", RULE, attributes=reason)
    else:
        team = story.arrival.topic.team
        story.at = desk.after_open_time(team, story.at, dice.lasts(UNTIL_DELETED))
        agent = desk.someone(team, story.at, dice)
        story.at = desk.online_from(agent, story.at)
        story.record("deleted", story.account(agent), attributes=reason)
    if not dice.happens(RESTORED):
        return Step.END
    story.at += dice.lasts(UNTIL_RESTORED)
    story.record("restored", REVIEWER)
    return Step.QUEUE


def be_merged(story: Story) -> Step:
    """The requester has written about it already: an agent merges this ticket into that one."""
    dice, desk, first = story.dice, story.desk, story.arrival.duplicate_of
    assert first is not None
    team = story.arrival.topic.team
    story.at = desk.after_open_time(team, story.at, dice.lasts(UNTIL_MERGED))
    agent = desk.someone(team, story.at, dice)
    story.at = desk.online_from(agent, story.at)
    by = story.account(agent)
    if dice.happens(MERGED_WITH_NOTE):
        story.notes(by)
    story.record("merged", by, after=story.world.ticket_id(first))
    story.becomes("closed", by)
    return Step.END


def be_overlooked(story: Story) -> Step:
    """Nobody ever answers; weeks later a rule sweeps the ticket up."""
    dice, swept = story.dice, story.at + story.dice.lasts(UNTIL_SWEPT)
    if dice.happens(ASKS_AGAIN):
        story.at = when_awake(
            story.arrival.requester.region, story.at + dice.lasts(UNTIL_ASKED_AGAIN)
        )
        story.says(story.customer)
    story.at = swept
    return _end_by_rule(story)


def begin_by_rule(story: Story) -> Step:
    """A rule tells the customer something, a card that expires; they may have a question."""
    story.at += story.dice.lasts(UNTIL_CAUGHT)
    story.says(RULE)
    if story.dice.happens(ANSWERS_NOTICE):
        answered = story.at + story.dice.lasts(UNTIL_NOTICE_ANSWERED)
        story.at = when_awake(story.arrival.requester.region, answered)
        story.says(story.customer)
        story.moves_to(story.arrival.topic.team, RULE)
        return Step.QUEUE
    story.at += UNTIL_NOTICE_EXPIRES
    return _end_by_rule(story)


def be_deflected(story: Story) -> Step:
    """The bot's answer is all that was needed."""
    dice = story.dice
    story.at += dice.lasts(BOT_ANSWER)
    story.says(GREETER)
    story.at += dice.lasts(READING)
    if dice.happens(THANKS_BOT):
        story.says(story.customer)
        story.at += dice.lasts(BOT_ANSWER)
    story.becomes("solved", GREETER)
    story.is_left_to_rules, story.solved_at = True, story.at
    return Step.CLOSE


def abandon(story: Story) -> Step:
    """The customer leaves before anybody has answered, and the chat runs out."""
    story.at += story.dice.lasts(GIVING_UP)
    return _end_by_rule(story)


def _end_by_rule(story: Story) -> Step:
    story.becomes("solved", RULE)
    story.is_left_to_rules, story.solved_at = True, story.at
    return Step.CLOSE
