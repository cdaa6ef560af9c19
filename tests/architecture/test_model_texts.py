"""The shape of every model's text, as far as sqlfluff does not hold it."""

import re

from tests.architecture import statements
from tests.architecture.project import Project


def test_a_model_begins_by_saying_what_one_row_is(project: Project) -> None:
    wrong = [
        model.name
        for model in project.models.values()
        if not model.compiled.startswith("-- One row per ")
    ]
    assert wrong == []


def test_a_model_is_ctes_and_ends_by_selecting_from_the_last(project: Project) -> None:
    wrong = []
    for model in project.models.values():
        sql = statements.blanked(model.compiled)
        last = re.search(r"\)\n\nselect \* from (\w+)$", sql.rstrip())
        names = [cte.name for cte in statements.ctes(sql)]
        if last is None or not names or names[-1] != last[1] or not sql.lstrip().startswith("with"):
            wrong.append(model.name)
    assert wrong == []


def test_every_cte_is_read(project: Project) -> None:
    unread = [
        f"{model.name}: {cte.name}"
        for model in project.models.values()
        for cte in statements.ctes(statements.blanked(model.compiled))
        if statements.uses(statements.blanked(model.compiled), cte.name) == 0
    ]
    assert unread == []


def test_no_jinja_steers_the_text_of_a_model(project: Project) -> None:
    """A rule that differs by case is a macro or a model; a name for a shared text is none."""
    steering = re.compile(r"\{%-?\s*(?:if|elif|else|for|call|macro)\b")
    assert [m.name for m in project.models.values() if steering.search(m.written)] == []
