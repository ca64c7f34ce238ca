"""Tells a pull request from a fork: its author wrote the declarations, and not the secrets that they would use."""

import os
from pathlib import Path
from typing import Any

from keylint.model.errors import UsageError


def refuse_fork(*, allowed: bool) -> None:
    """Raise UsageError in the build of a pull request from a fork, unless whoever runs keylint allows it."""
    if not allowed and (_github() or _others()):
        raise UsageError(
            "this is a pull request from a fork: its declarations are not trusted with credentials; "
            "run `keylint check` here and `keylint diff` on your own branches, or say --allow-untrusted"
        )


def _github() -> bool:
    """Tell it by the event's file; an event of a pull request that cannot be read counts as a fork's.

    `workflow_run` is the way around: it runs with all secrets after a fork's build.
    Source: docs.github.com, «Events that trigger workflows», 2026-11
    """
    event_name = os.environ.get("GITHUB_EVENT_NAME", "")
    if not event_name.startswith("pull_request") and event_name != "workflow_run":
        return False
    import json  # noqa: PLC0415 - only on GitHub

    try:
        event = json.loads(Path(os.environ.get("GITHUB_EVENT_PATH", "")).read_text("utf-8"))
        if event_name == "workflow_run":
            run = event["workflow_run"]
            return run["event"].startswith("pull_request") and _differ(run["head_repository"], event["repository"])
        return _differ(event["pull_request"]["head"]["repo"], event["pull_request"]["base"]["repo"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return True


def _differ(head: Any, base: Any) -> bool:
    """Compare two repositories; the head's is null where the fork was deleted."""
    return head is None or not head["full_name"] or head["full_name"] != base["full_name"]


def _others() -> bool:
    """Tell it by the variables of GitLab, Azure Pipelines and CircleCI.

    Source: the pages on predefined variables of docs.gitlab.com, learn.microsoft.com and circleci.com, 2026-11
    """
    source = os.environ.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID")
    return (
        bool(source and source != os.environ.get("CI_MERGE_REQUEST_PROJECT_ID"))
        or os.environ.get("SYSTEM_PULLREQUEST_ISFORK", "").lower() == "true"
        or bool(os.environ.get("CIRCLE_PR_REPONAME"))
    )
