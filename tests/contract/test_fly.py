"""The apps of deploy/fly, held to images, settings of their processes, and the page that tells the steps (O2)."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from gateway.settings import GatewaySettings
from services.chat.settings import ChatSettings
from services.classifier.settings import ClassifierSettings
from services.runtime.keys import PRIVATE_KEY_FILE
from services.runtime.settings import RuntimeSettings, describe
from services.store.settings import StoreSettings
from tests.support.dockerfile import read_dockerfile

ROOT = Path(__file__).resolve().parents[2]
APPS: dict[str, dict[str, Any]] = {
    path.stem: tomllib.loads(path.read_text("utf-8")) for path in (ROOT / "deploy" / "fly").glob("*.toml")
}
SETTINGS: dict[str, type[RuntimeSettings]] = {
    "classifier": ClassifierSettings,
    "store": StoreSettings,
    "chat": ChatSettings,
    "gateway": GatewaySettings,
}
PAGE = (ROOT / "docs" / "deployment.md").read_text("utf-8")
DOCKERFILE = read_dockerfile()


def secrets(name: str) -> set[str]:
    """What the page has set as secrets of an app."""
    (line,) = (line for line in PAGE.splitlines() if line.startswith(f"fly secrets set --app earshot-{name} "))
    return {word.split("=")[0] for word in line.split()[5:] if "=" in word}


def test_there_is_an_app_for_every_process() -> None:
    assert set(APPS) == set(SETTINGS)
    for name, app in APPS.items():
        assert (app["app"], app["build"]["build-target"]) == (f"earshot-{name}", name)
        assert app["kill_signal"] == "SIGTERM"
        assert f"fly deploy . --config deploy/fly/{name}.toml" in PAGE


@pytest.mark.parametrize("name", SETTINGS)
def test_a_process_gets_settings_it_has_and_all_it_needs(name: str) -> None:
    files = {file["secret_name"] for file in APPS[name]["files"]}
    given = (set(APPS[name]["env"]) | secrets(name)) - files - {"TMPDIR"}
    rows = describe(SETTINGS[name])
    assert given <= {row.variable for row in rows}
    assert {row.variable for row in rows if row.default == "(required)"} <= given
    assert files <= secrets(name)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_process_reads_the_files_it_is_given_and_only_the_gateway_the_signing_key(name: str) -> None:
    app = APPS[name]
    files = {file["guest_path"] for file in app["files"]}
    assert files == {value for variable, value in app["env"].items() if variable.endswith("_FILE")}
    assert any(path.endswith(PRIVATE_KEY_FILE) for path in files) == (name == "gateway")


@pytest.mark.parametrize("name", SETTINGS)
def test_apps_call_one_another_where_they_listen(name: str) -> None:
    for variable, address in APPS[name]["env"].items():
        if variable.endswith("_ADDRESS"):
            called = variable.removeprefix("EARSHOT_").removesuffix("_ADDRESS").lower()
            assert address == f"earshot-{called}.internal:{DOCKERFILE.last(called, 'EXPOSE')}"
            assert APPS[called]["env"][f"EARSHOT_{called.upper()}_HOST"] == "::"


@pytest.mark.parametrize("name", SETTINGS)
def test_only_the_gateway_is_reachable_from_outside_and_by_tls_alone(name: str) -> None:
    app, port = APPS[name], int(DOCKERFILE.last(name, "EXPOSE"))
    assert "services" not in app
    if name == "gateway":
        service = app["http_service"]
        assert (service["internal_port"], service["force_https"], service["auto_stop_machines"]) == (port, True, "off")
        assert [check["path"] for check in service["checks"]] == ["/healthz"], "a service away is not the gateway away"
        assert app["metrics"]["port"] == port
    else:
        assert "http_service" not in app
        assert app["checks"]["alive"]["port"] == port
        assert str(app["metrics"]["port"]) == DOCKERFILE.environment(name)["EARSHOT_METRICS_PORT"]
