"""What goes wrong in the sequence, in Dagster's words."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._utils.interrupts import raise_interrupts_as

from deskhouse.errors import DeskhouseError


@contextmanager
def failures_told() -> Iterator[None]:
    """Tell an error of ours as a failure with its hint, and an interruption as one.

    psycopg and dbt clean up after a `KeyboardInterrupt`; Dagster's own interruption they do not
    know, and what it leaves looks like a Postgres that went away, after which one tries again.

    Raises:
        Failure: for each `DeskhouseError`.
    """
    try:
        with raise_interrupts_as(KeyboardInterrupt):
            yield
    except DeskhouseError as error:
        raise dg.Failure(f"{error} {error.hint}".strip(), allow_retries=False) from error
    except KeyboardInterrupt:
        raise DagsterExecutionInterruptedError from None
