"""What customers and reviewers say of a ticket: CSAT, NPS, CES, QA."""

from ingestion.sample.arrivals import CHAT, EMAIL, PHONE, WEB, WHATSAPP
from ingestion.sample.chance import Odds, Spread
from ingestion.sample.clock import DAY, HOUR, MINUTE, SECOND
from ingestion.sample.people import BY_ACCOUNT, REVIEWER, SYSTEM, Agent
from ingestion.sample.story import Story
from ingestion.sample.text import RATING_COMMENTS, RATING_REASONS

OFFERED = {CHAT: 0.64, WHATSAPP: 0.5, EMAIL: 0.42, WEB: 0.42, PHONE: 0.3}
RATED = {CHAT: 0.34, WHATSAPP: 0.32, EMAIL: 0.23, WEB: 0.24, PHONE: 0.22}
SCALE = {CHAT: 5, WHATSAPP: 2, EMAIL: 5, WEB: 5, PHONE: 5}
"""By channel: a thumb up or down, or one to five stars."""

SCORES = {
    (5, True): Odds(((5, 74), (4, 26))),
    (5, False): Odds(((1, 44), (2, 26), (3, 30))),
    (2, True): Odds(((2, 1),)),
    (2, False): Odds(((1, 1),)),
}
COMMENTED = {True: 0.12, False: 0.4}
CHANGES_MIND = {True: 0.015, False: 0.12}
"""By whether the first rating was good: how often another follows that is not, or is."""

WITHOUT_OFFER = 0.004
ASKED_NPS = 0.012
ASKED_CES = 0.02
REVIEWED = 0.035

UNTIL_OFFERED = {
    CHAT: Spread(SECOND, 3 * SECOND, 8 * SECOND, 20 * SECOND),
    WHATSAPP: Spread(MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE),
    EMAIL: Spread(HOUR, 90 * MINUTE, 2 * HOUR, 3 * HOUR),
    WEB: Spread(HOUR, 90 * MINUTE, 2 * HOUR, 3 * HOUR),
    PHONE: Spread(2 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE),
}
UNTIL_RATED = {
    CHAT: Spread(5 * SECOND, 30 * SECOND, 5 * MINUTE, 20 * HOUR),
    WHATSAPP: Spread(10 * SECOND, 8 * MINUTE, 5 * HOUR, 2 * DAY),
    EMAIL: Spread(2 * MINUTE, 4 * HOUR, 26 * HOUR, 5 * DAY),
    WEB: Spread(2 * MINUTE, 4 * HOUR, 26 * HOUR, 5 * DAY),
    PHONE: Spread(MINUTE, 15 * MINUTE, 5 * HOUR, DAY),
}
UNTIL_CHANGED = Spread(3 * MINUTE, 5 * HOUR, 30 * HOUR, 4 * DAY)
UNTIL_SURVEYED = Spread(2 * HOUR, 20 * HOUR, 3 * DAY, 8 * DAY)
UNTIL_REVIEWED = Spread(6 * HOUR, 2 * DAY, 5 * DAY, 9 * DAY)


def gather_feedback(story: Story) -> None:
    """After a ticket is solved: what is asked, and what is answered."""
    dice = story.dice
    if dice.happens(OFFERED[story.channel]):
        offered = story.at + dice.lasts(UNTIL_OFFERED[story.channel])
        story.record("csat_offered", SYSTEM, at=offered)
        if dice.happens(RATED[story.channel]):
            _rate(story, offered + dice.lasts(UNTIL_RATED[story.channel]))
    elif dice.happens(WITHOUT_OFFER):
        _rate(story, story.at + dice.lasts(UNTIL_SURVEYED))
    if dice.happens(ASKED_NPS):
        score = _score_of(story, 10, 7)
        at = story.at + dice.lasts(UNTIL_SURVEYED)
        story.record("nps_rated", story.customer, attributes={"score": score}, at=at)
    if dice.happens(ASKED_CES):
        score = _score_of(story, 7, 5)
        at = story.at + dice.lasts(UNTIL_SURVEYED)
        story.record("ces_rated", story.customer, attributes={"score": score}, at=at)
    if story.replier is not None and dice.happens(REVIEWED):
        _review(story, story.replier)


def _rate(story: Story, at: int) -> None:
    dice = story.dice
    is_good = _is_content(story)
    _record_rating(story, is_good, at)
    if dice.happens(CHANGES_MIND[is_good]):
        _record_rating(story, not is_good, at + dice.lasts(UNTIL_CHANGED))


def _record_rating(story: Story, is_good: bool, at: int) -> None:
    dice, scale = story.dice, SCALE[story.channel]
    attributes: dict[str, int | str] = {"score": dice.draw(SCORES[scale, is_good]), "scale": scale}
    if dice.happens(COMMENTED[is_good]):
        attributes["comment"] = dice.pick(RATING_COMMENTS[is_good])
    if not is_good:
        attributes["reason"] = dice.pick(RATING_REASONS)
    story.record("csat_rated", story.customer, attributes=attributes, at=at)


def _is_content(story: Story) -> bool:
    """Skill pleases; waiting, coming back, an incident and an answer that never came do not."""
    skill = story.replier.skill if story.replier else 0.4
    content = 0.76 + 0.24 * skill
    content -= 0.3 * story.is_disappointing + 0.12 * min(story.reopens, 2)
    return story.dice.happens(content - 0.25 * story.is_left_to_rules)


def _score_of(story: Story, top: int, good_from: int) -> int:
    """A score up to `top`, at least `good_from` when content."""
    if _is_content(story):
        return story.dice.between(good_from, top + 1)
    return story.dice.between(1, good_from)


def _review(story: Story, agent: Agent) -> None:
    score = 45 + int(50 * agent.skill) + story.dice.between(-12, 13)
    attributes = {"score": max(0, min(100, score)), "agent_id": BY_ACCOUNT[agent].actor_id}
    at = story.at + story.dice.lasts(UNTIL_REVIEWED)
    story.record("qa_reviewed", REVIEWER, attributes=attributes, at=at)
