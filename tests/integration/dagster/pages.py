"""Dagster's pages, as a program that has logged in asks them."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.waiting import until

_LAUNCH = """
mutation($job: String!) { launchRun(executionParams: {
    selector: {jobName: $job, repositoryName: "__repository__", repositoryLocationName: "deskhouse"}
    runConfigData: {}
}) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }
"""
_RUN = """
query($id: ID!) { runOrError(runId: $id) { ... on Run {
    status startTime endTime tags { key value }
    assetMaterializations { assetKey { path } }
} } }
"""


@dataclass(frozen=True)
class Run:
    """A run as it is now."""

    status: str
    seconds: float | None
    tags: dict[str, str]
    made: frozenset[str]

    @property
    def is_over(self) -> bool:
        return self.status in {"SUCCESS", "FAILURE", "CANCELED"}


@dataclass(frozen=True)
class Pages:
    """Where they are, and who asks."""

    address: str
    user: str = ""
    password: str = ""

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """What a GraphQL query gives."""
        text = json.dumps({"query": query, "variables": variables})
        status, body = self.get("/graphql", text, {"Content-Type": "application/json"})
        answer: dict[str, Any] = json.loads(body)
        assert status == 200, body
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def get(
        self, path: str, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Status and text of a page; with a body, of what is posted."""
        request = urllib.request.Request(
            f"http://{self.address}{path}", body.encode() if body else None, dict(headers or {})
        )
        if self.user:
            token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            request.add_header("Authorization", f"Basic {token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")

    def launch(self, job: str) -> str:
        """Start a job; the id of the run."""
        launched = self.ask(_LAUNCH, job=job)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def run(self, run_id: str) -> Run:
        """A run as it is now."""
        found = self.ask(_RUN, id=run_id)["runOrError"]
        begun, ended = found["startTime"], found["endTime"]
        return Run(
            status=found["status"],
            seconds=ended - begun if begun and ended else None,
            tags={tag["key"]: tag["value"] for tag in found["tags"]},
            made=frozenset(
                "/".join(made["assetKey"]["path"]) for made in found["assetMaterializations"]
            ),
        )

    def run_when(self, run_id: str, holds: Callable[[Run], bool], seconds: float = 90) -> Run:
        """A run, once something holds of it."""
        found: list[Run] = []

        def has_come() -> bool:
            found[:] = [self.run(run_id)]
            return holds(found[0])

        until(has_come, seconds, "the run did not come to that")
        return found[0]
