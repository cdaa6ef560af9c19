from expectations import delivery_rules, marts_rules
from expectations.profile import Profile
from expectations.rules import Finding

RULES = [one.rule for one in (*delivery_rules.RULES, *marts_rules.RULES)]


def finding(rule: str, found: int, allowed: int | None) -> Finding:
    return Finding(rule, "", True, found, allowed)


def profile(**changes: object) -> Profile:
    counts = dict.fromkeys(
        (
            "line_count",
            "event_count",
            "ticket_count",
            "channel_event_count",
            "status_event_count",
            "team_event_count",
        ),
        1_000,
    )
    values = {
        "source_key": "desk",
        **counts,
        "channels": (),
        "statuses": (),
        "teams": (),
        "kinds": {"a": 1_000},
        "found": {},
    }
    return Profile(**(values | changes))  # type: ignore[arg-type]  # a test's own values


def allowed(rule: str, history: tuple[Profile, ...], batch: Profile | None = None) -> int | None:
    one = next(one for one in delivery_rules.RULES if one.rule.name == rule)
    return one.allowed(batch or profile(), history)


def test_each_rule_has_one_name_and_says_what_is_expected_in_a_sentence() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert [rule.name for rule in RULES if not rule.says.endswith(".")] == []


def test_a_finding_tells_counts_and_keys() -> None:
    broke = finding("unseen_channels", 1_200, 20).with_examples(("line 3 desk:7",))
    assert str(broke) == "unseen_channels: 1,200 found, 20 allowed (line 3 desk:7)"
    assert not broke.holds
    assert finding("unseen_channels", 9, None).holds


def test_what_compares_with_a_history_says_nothing_before_there_are_three_batches() -> None:
    two, three = (profile(),) * 2, (profile(),) * 3
    compared = {
        one.rule.name
        for one in delivery_rules.RULES
        if one.allowed(profile(), two) is None and one.allowed(profile(), three) is not None
    }
    assert compared == {
        "too_many_lines", "too_few_lines", "unseen_channels", "unseen_statuses", "unseen_teams",
        "unknown_tickets", "broken_order", "another_source",
    }  # fmt: skip
    assert [one.rule.name for one in delivery_rules.RULES if one.allowed(profile(), ()) is None] \
        == [one.rule.name for one in delivery_rules.RULES if one.rule.name in compared]  # fmt: skip


def test_a_share_may_be_thrice_what_the_worst_batch_had() -> None:
    assert allowed("quarantined_lines", ()) == 100
    assert allowed("quarantined_lines", (profile(found={"quarantined_lines": 20}),)) == 100
    assert allowed("quarantined_lines", (profile(found={"quarantined_lines": 50}),)) == 150
    assert allowed("quarantined_lines", (), profile(line_count=100)) == 20


def test_a_size_is_far_off_beyond_fifty_times_what_the_source_had() -> None:
    history = (profile(line_count=100), profile(line_count=5_000), profile(line_count=200_000))
    assert allowed("too_many_lines", history) == 10_000_000
    too_few = next(one for one in delivery_rules.RULES if one.rule.name == "too_few_lines")
    assert too_few.found is not None
    large = (profile(line_count=10_000),) * 3
    assert too_few.found(profile(line_count=150), large) == 50
    assert too_few.found(profile(line_count=200), large) == 0
    assert too_few.allowed(profile(), large) == 0


def test_of_a_source_with_too_many_labels_to_keep_nothing_is_unseen() -> None:
    many = profile(teams=tuple(map(str, range(2_000))))
    assert allowed("unseen_teams", (profile(), profile(), profile())) == 250
    assert allowed("unseen_teams", (profile(), many, profile())) is None


def test_a_batch_is_held_against_the_most_similar_one_before_it() -> None:
    other = next(one for one in delivery_rules.RULES if one.rule.name == "another_source")
    assert other.found is not None
    batch = profile(kinds={"a": 900, "b": 100})
    night = profile(kinds={"a": 9, "b": 1}, event_count=10)
    assert other.found(batch, (profile(kinds={"c": 1_000}), profile(kinds={"a": 1_000}))) == 100
    assert other.found(batch, (profile(kinds={"c": 1_000}), night)) == 0
    assert other.found(batch, (profile(kinds={"c": 1_000}),)) == 1_000
    assert other.allowed(batch, (night,) * 3) == 600
