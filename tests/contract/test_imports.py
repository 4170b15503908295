"""Import direction: services meet only through the contracts, and every driver has its own few importers."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ("classifier", "store", "chat")

# driver → the only places that may import it (path prefixes below the root)
DRIVERS = {
    "onnxruntime": ("services/classifier/scoring/engine.py", "services/classifier/training/", "bench/"),
    "asyncpg": (
        "services/store/pool.py",
        "services/store/migrations/runner.py",
        "services/store/repositories/",
        "bench/",
        "tests/",
    ),
    "httpcore": ("services/store/alerting/webhook.py",),
    "openai": (
        "services/chat/upstream/openai_client.py",
        "services/classifier/language_model/openai_client.py",
        "services/runtime/llm_client.py",
        "bench/",
        "tests/",
    ),
    "redis": (
        "services/chat/reply_log.py",
        "services/chat/stores/joined_commands.py",
        "services/chat/stores/redis_pool.py",
        "gateway/rate_limits.py",
        "gateway/cli/redis_check.py",
        "deploy/local/",
        "tests/",
    ),
    "limits": ("gateway/rate_limits.py",),
    "betterproto2": ("gateway/clients/",),
    "earshot_client": ("gateway/", "tests/"),
    "torch": ("services/classifier/training/", "tests/training/", "tests/support/optimum_export/"),
    "fastapi": ("gateway/",),
}


@cache
def _modules() -> Mapping[str, frozenset[str]]:
    """Every module of ours and what it imports; read once."""
    return {
        path.relative_to(ROOT).as_posix(): frozenset(_imported(ast.parse(path.read_text(encoding="utf-8"))))
        for folder in ("services", "gateway", "deploy", "bench", "tests")
        for path in _sources(ROOT / folder)
    }


def _sources(folder: Path) -> Iterator[Path]:
    """Its Python files, without what others wrote: environments, data of benches, packages of the page."""
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
        yield from (Path(parent, name) for name in files if name.endswith(".py"))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _breaks(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


@pytest.mark.parametrize("service", SERVICES)
def test_services_do_not_import_one_another(service: str) -> None:
    others = [f"services.{other}" for other in SERVICES if other != service] + ["gateway", "deploy", "earshot_client"]
    for path, imports in _modules().items():
        if path.startswith(f"services/{service}/"):
            wrong = [name for name in imports if any(_breaks(name, other) for other in others)]
            assert not wrong, f"{path} imports {wrong}"


def test_runtime_imports_no_service() -> None:
    for path, imports in _modules().items():
        if path.startswith("services/runtime/"):
            wrong = [name for name in imports if name.startswith(("services.", "gateway", "deploy", "earshot"))]
            assert not [name for name in wrong if not name.startswith("services.runtime")], path


def test_gateway_knows_only_the_contracts_and_the_runtime() -> None:
    for path, imports in _modules().items():
        if path.startswith("gateway/"):
            wrong = [name for name in imports if _breaks(name, "services") and not _breaks(name, "services.runtime")]
            assert not wrong, f"{path} imports {wrong}"
            assert not any(_breaks(name, "deploy") for name in imports), path


@pytest.mark.parametrize("driver", sorted(DRIVERS))
def test_drivers_have_their_own_importers(driver: str) -> None:
    for path, imports in _modules().items():
        if not path.startswith(DRIVERS[driver]):
            assert not any(_breaks(name, driver) for name in imports), f"{path} imports {driver}"


@pytest.mark.parametrize("driver", sorted(DRIVERS))
def test_places_that_may_import_a_driver_do(driver: str) -> None:
    importers = [path for path, imports in _modules().items() if any(_breaks(name, driver) for name in imports)]
    assert [place for place in DRIVERS[driver] if not any(path.startswith(place) for path in importers)] == []


@pytest.mark.parametrize("service", ["classifier", "chat"])
def test_a_service_without_a_language_model_does_not_load_its_sdk(service: str) -> None:
    asked = f"import sys, services.{service}.__main__; sys.exit('openai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=False).returncode == 0
