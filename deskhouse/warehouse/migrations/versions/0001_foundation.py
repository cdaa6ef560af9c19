"""Events, batches, quarantine and configuration in `raw`; builds and access policy in `ops`."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the SQL file of the same name, unparsed: `%` is SQL's own there."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(statements)
