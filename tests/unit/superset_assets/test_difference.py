"""Only what a person changed is a difference."""

import json

from superset_assets.server.difference import difference, fingerprint, lasting


def test_ids_instants_and_what_superset_writes_by_itself_do_not_last() -> None:
    chart = {
        "slice_name": "Tickets",
        "changed_on": "2026-01-01",
        "datasource_id": 3,
        "params": json.dumps({"datasource": "3__table", "metric": "tickets"}),
        "json_metadata": json.dumps({"shared_label_colors": ["Email"], "label_colors": {}}),
    }
    assert lasting(chart) == {
        "slice_name": "Tickets",
        "params": {"metric": "tickets"},
        "json_metadata": {"label_colors": {}},
    }


def test_the_order_of_columns_and_metrics_is_no_difference() -> None:
    names = [{"column_name": "b"}, {"column_name": "a"}]
    assert lasting({"columns": names}) == lasting({"columns": names[::-1]})
    assert lasting({"rows": [2, 1]}) != lasting({"rows": [1, 2]})


def test_a_difference_shows_what_was_and_what_is() -> None:
    before, after = {"title": "Tickets", "width": 4}, {"title": "Ticket volume", "width": 4}
    said = difference(before, after).splitlines()
    assert '- "title": "Tickets",' in said
    assert '+ "title": "Ticket volume",' in said
    assert difference(before, dict(reversed(before.items()))) == ""


def test_a_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
