"""A whole stack for a benchmark: its own home in a temporary folder, free ports, no demo data."""

import os
import platform
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.home import WORKSPACE
from deploy.local.settings import LaunchSettings
from deploy.local.stack import Stack, running_stack
from services.runtime.auth import Identity, Role, TokenSigner
from services.runtime.ids import new_id


@asynccontextmanager
async def bench_stack(environment: Mapping[str, str] | None = None) -> AsyncIterator[tuple[Stack, str]]:
    """(stack, an administrator's token). `environment` is added to that of every process."""
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as folder:
        os.environ.update({"EARSHOT_LOG_LEVEL": "warning", **(environment or {})})
        settings = LaunchSettings(
            home=Path(folder), demo=False, http_port=0, classifier_port=0, store_port=0, chat_port=0
        )
        async with running_stack(settings) as stack:
            identity = Identity(user_id=new_id(), workspace_id=WORKSPACE, role=Role.ADMIN, name="bench")
            yield stack, TokenSigner.from_file(stack.home.private_key).sign(identity, lifetime_seconds=86_400)


def conditions() -> dict[str, object]:
    """What every result says of the machine it came from."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "date": datetime.now(UTC).date().isoformat(),
    }
