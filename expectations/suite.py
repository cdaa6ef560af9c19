"""Judging findings: by comparison, and where one is out of bounds, by Great Expectations.

The suite of Great Expectations is made from the rules, an expectation a rule, and judges one row
that holds what was found of each rule and what is allowed: it never sees a row of the warehouse.
Loading it takes seconds of CPU, so it is asked where something may have to be refused, and by
whoever asks for a whole report (`deskhouse check`); a test holds the two to the same answer.
"""

import logging
import os
import warnings
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from expectations.rules import Finding

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite


def broken(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings that break their rules; Great Expectations is asked only if one may refuse."""
    compared = tuple(finding for finding in findings if not finding.holds)
    return judged(findings) if any(finding.refuses for finding in compared) else compared


def judged(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings that break their rules, as Great Expectations has it."""
    if not findings:
        return ()
    import pandas as pd

    names = tuple(finding.rule for finding in findings)
    row: dict[str, float | None] = {}
    for finding in findings:
        row[f"{finding.rule} found"] = finding.found
        row[f"{finding.rule} allowed"] = finding.allowed
    frame = pd.DataFrame([row], dtype="float64")
    with warnings.catch_warnings():
        # What it does inside itself is not ours to mend.
        warnings.simplefilter("ignore")
        batch = _batches().get_batch({"dataframe": frame})
        result = batch.validate(suite(names), result_format="BOOLEAN_ONLY")
    failed = {str(one.expectation_config.meta["rule"]) for one in result.results if not one.success}
    return tuple(finding for finding in findings if finding.rule in failed)


@cache
def suite(names: tuple[str, ...]) -> "ExpectationSuite":
    """The suite of these rules: what was found of each is at most what is allowed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _context()
        from great_expectations import ExpectationSuite
        from great_expectations.expectations.core.expect_column_pair_values_a_to_be_greater_than_b import (  # noqa: E501 - its name
            ExpectColumnPairValuesAToBeGreaterThanB,
        )

        made = ExpectationSuite(name="rules")
        for name in names:
            made.add_expectation(
                ExpectColumnPairValuesAToBeGreaterThanB(
                    column_A=f"{name} allowed",
                    column_B=f"{name} found",
                    or_equal=True,
                    ignore_row_if="either_value_is_missing",
                    meta={"rule": name},
                )
            )
        return made


@cache
def _context() -> Any:
    """An in-process context that keeps nothing and tells nobody."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations
        from great_expectations.data_context.types.base import ProgressBarsConfig

    # Some of its modules set a level of their own, and tell of their own affairs.
    for name in tuple(logging.root.manager.loggerDict):
        if name.startswith("great_expectations"):
            logging.getLogger(name).setLevel(logging.NOTSET)
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


@cache
def _batches() -> Any:
    """Where a data frame becomes a batch."""
    asset = _context().data_sources.add_pandas("findings").add_dataframe_asset("one row")
    return asset.add_batch_definition_whole_dataframe("whole")
