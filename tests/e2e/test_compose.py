"""docker-compose.yml and the Dockerfile: they agree with each other and with the code, and what they start works.

There is no container engine here. The processes are run as the files say, from folders with the images' own files, and
with the second file for mutual TLS: this is where the whole runs over it.
"""

import ast
import importlib.util
import lzma
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import grpc
import httpx
import py3langid
import pytest
import pytest_asyncio
import yaml
from grpc_health.v1 import health_pb2, health_pb2_grpc
from py3langid.langid import MODEL_FILE

from deploy.local.settings_table import SECTIONS
from gateway.settings import GatewaySettings
from services.chat.settings import ChatSettings
from services.classifier.settings import ClassifierSettings
from services.runtime.auth import Role
from services.runtime.channel import open_channel
from services.runtime.settings import RuntimeSettings, describe
from services.runtime.tls import TlsFiles
from services.store.people.create_user import UserRefusedError, create_user
from services.store.pool import DatabaseOptions
from services.store.settings import StoreSettings
from tests.support.certificates import Authority
from tests.support.compose import FILE, TLS_FILE, MissingVariableError, containers, in_order, read_compose, variables
from tests.support.composed import PASSWORDS, PORTS, Composed, OverTls, composed_services
from tests.support.dockerfile import ROOT, DockerIgnore, read_dockerfile, sources
from tests.support.postgres import fresh_database

EVERY = containers(PASSWORDS)
TOOLS = {
    name: tool for profile in ("obs", "llm", "load") for name, tool in containers(PASSWORDS, profile=profile).items()
}
OURS = [name for name, container in EVERY.items() if container.target]
DOCKERFILE = read_dockerfile()
SETTINGS: dict[str, type[RuntimeSettings]] = {
    "services.classifier": ClassifierSettings,
    "services.store": StoreSettings,
    "services.chat": ChatSettings,
    "gateway": GatewaySettings,
}
ADMIN = {"username": "margaret", "password": "a long enough password"}

pytestmark = pytest.mark.timeout(300)  # a quarter of a minute; six processes one after the other on a busy machine


def environment(name: str) -> dict[str, str]:
    return {**DOCKERFILE.environment(EVERY[name].target), **EVERY[name].environment}


@pytest.mark.parametrize("file", [FILE, TLS_FILE], ids=lambda file: file.name)
def test_no_key_comes_twice(file: Path) -> None:
    """Compose refuses a file in which one does; PyYAML takes the last."""
    assert not list(repeated(yaml.compose(file.read_text(encoding="utf-8"))))


def repeated(node: yaml.Node) -> Iterator[str]:
    if isinstance(node, yaml.MappingNode):
        yield from (name for name, count in Counter(key.value for key, _ in node.value).items() if count > 1)
    for child in node.value if isinstance(node, yaml.CollectionNode) else ():
        yield from repeated(child[1] if isinstance(child, tuple) else child)


def test_everything_starts_after_what_it_needs() -> None:
    assert [container.name for container in in_order(EVERY)][-1] == "gateway"
    assert {name for name in OURS if EVERY[name].health_command} == set(PORTS)
    for container in EVERY.values():
        for needed, condition in container.needs.items():
            lasting = bool(EVERY[needed].health_command)
            assert condition == ("service_healthy" if lasting else "service_completed_successfully"), container.name


@pytest.mark.parametrize("name", OURS)
def test_commands_are_modules_of_the_image(name: str) -> None:
    container = EVERY[name]
    for command in filter(None, (container.command, container.health_command)):
        assert command[:2] == ["python", "-m"]
        assert importlib.util.find_spec(command[2]) is not None
    if container.health_command:
        assert container.command == DOCKERFILE.command(container.target)
        assert container.health_command == DOCKERFILE.health_command(container.target)


@pytest.mark.parametrize("name", OURS)
def test_the_environment_is_of_settings_that_exist(name: str) -> None:
    settings = SETTINGS.get(EVERY[name].command[2])
    if settings is None:
        assert not EVERY[name].environment
        return
    given, rows = environment(name), describe(settings)
    ours = {variable for variable in given if variable.startswith(("EARSHOT_", "OPENAI_", "GEMINI_"))}
    assert not ours - {row.variable for row in rows}
    assert not [row.variable for row in rows if row.default == "(required)" and not given.get(row.variable)]


@pytest.mark.parametrize("name", sorted(PORTS))
def test_addresses_name_services_and_the_ports_their_images_listen_on(name: str) -> None:
    assert DOCKERFILE.last(EVERY[name].target, "EXPOSE") == PORTS[name]
    assert PORTS[name] in DOCKERFILE.environment(EVERY[name].target).values()
    addresses = {key: value for key, value in EVERY[name].environment.items() if key.endswith("_ADDRESS")}
    for variable, address in addresses.items():
        host, port = address.split(":")
        assert variable == f"EARSHOT_{host.upper()}_ADDRESS"
        assert PORTS[host] == port
        assert "inside" in EVERY[host].fields["networks"]
        assert "inside" in EVERY[name].fields["networks"]


def test_databases_are_the_ones_of_the_file() -> None:
    postgres = EVERY["postgres"].environment
    url = urlsplit(EVERY["store"].environment["EARSHOT_DATABASE_URL"])
    assert (url.hostname, url.port, url.path) == ("postgres", 5432, f"/{postgres['POSTGRES_DB']}")
    assert (url.username, url.password) == (postgres["POSTGRES_USER"], postgres["POSTGRES_PASSWORD"])
    url = urlsplit(EVERY["chat"].environment["EARSHOT_REDIS_URL"])
    assert (url.hostname, url.port, url.password) == ("redis", 6379, PASSWORDS["REDIS_PASSWORD"])
    assert "--appendonly" in EVERY["redis"].command


@pytest.mark.parametrize("missing", sorted(PASSWORDS))
def test_a_missing_password_is_named(missing: str) -> None:
    with pytest.raises(MissingVariableError, match=rf"{missing} is missing, .*docs/deployment\.md"):
        read_compose({name: value for name, value in PASSWORDS.items() if name != missing})


def test_variables_are_settings_or_explained() -> None:
    documented = {row.variable for section in SECTIONS for row in section.rows()}
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    assert not [name for name in variables() if name not in documented and f"`{name}`" not in page]


def test_only_the_gateway_is_reachable_and_only_from_this_machine() -> None:
    published = {name: container.fields["ports"] for name, container in EVERY.items() if "ports" in container.fields}
    assert published == {"gateway": [f"127.0.0.1:8080:{PORTS['gateway']}"]}
    assert read_compose(PASSWORDS)["networks"]["inside"] == {"internal": True}


@pytest.mark.parametrize("name", sorted(EVERY))
def test_containers_are_kept_small_and_tight(name: str) -> None:
    fields = EVERY[name].fields
    assert fields["read_only"] is True
    assert "no-new-privileges:true" in fields["security_opt"]
    assert {"memory", "pids"} <= set(fields["deploy"]["resources"]["limits"])
    assert fields["restart"] == ("unless-stopped" if "healthcheck" in fields else "no")
    if EVERY[name].target:
        assert fields["cap_drop"] == ["ALL"]


def test_tmp_holds_what_the_classifier_unpacks_there() -> None:
    with lzma.open(Path(py3langid.__file__).parent / MODEL_FILE) as model:
        unpacked = sum(len(part) for part in iter(lambda: model.read(1 << 20), b""))
    (tmp,) = EVERY["classifier"].fields["tmpfs"]
    size = re.fullmatch(r"/tmp:size=(\d+)m,mode=1777", tmp)
    assert size is not None
    assert unpacked < int(size[1]) * 1024**2
    chart = (ROOT / "deploy" / "helm" / "earshot" / "templates" / "deployments.yaml").read_text(encoding="utf-8")
    assert f"{{name: tmp, emptyDir: {{medium: Memory, sizeLimit: {size[1]}Mi}}}}" in chart


def test_volumes_are_declared_and_the_signing_key_is_out_of_sight() -> None:
    mounts = {name: container.fields.get("volumes", []) for name, container in {**EVERY, **TOOLS}.items()}
    used = {mount.split(":")[0] for each in mounts.values() for mount in each}
    assert {name for name in used if "/" not in name} == set(read_compose(PASSWORDS)["volumes"])
    assert {name for name, each in mounts.items() if any("private-keys" in mount for mount in each)} == {
        "keys",
        "migrate",
        "store",
        "gateway",
    }


def test_every_service_is_of_a_known_profile() -> None:
    assert set(read_compose(PASSWORDS)["services"]) == set(EVERY) | set(TOOLS)


@pytest.mark.parametrize("name", sorted(TOOLS))
def test_programs_of_others_are_pinned_tight_and_find_their_files(name: str) -> None:
    fields = TOOLS[name].fields
    assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+", fields["image"])
    assert fields["read_only"] is True
    assert fields["cap_drop"] == ["ALL"]
    assert {"memory", "pids"} <= set(fields["deploy"]["resources"]["limits"])
    assert all(port.startswith("127.0.0.1:") for port in fields.get("ports", []))
    for mount in fields.get("volumes", []):
        source, _, mode = mount.partition(":")
        if source.startswith("."):
            assert (ROOT / source).exists()
            assert mode.endswith(":ro")


def test_prometheus_asks_every_process_where_its_image_answers() -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    asked = {
        name: target["port"]
        for job in config["scrape_configs"]
        for target in job["dns_sd_configs"]
        for name in target["names"]
    }
    ports = {name: int(DOCKERFILE.environment(name)["EARSHOT_METRICS_PORT"]) for name in PORTS}
    assert asked == {**ports, "gateway": int(PORTS["gateway"])}
    assert all(
        Path(rules).name in {path.name for path in (ROOT / "deploy" / "prometheus").iterdir()}
        for rules in config["rule_files"]
    )


def test_the_file_for_tls_gives_every_process_its_three_files_and_nothing_else() -> None:
    added = yaml.safe_load(TLS_FILE.read_text(encoding="utf-8"))["services"]
    assert set(added) == set(PORTS)
    for name, fields in added.items():
        assert set(fields) == {"environment", "volumes"}
        assert fields["volumes"] == [f"./tls/{name}:/tls:ro"]
        known = {row.variable for row in describe(SETTINGS[EVERY[name].command[2]])}
        assert {variable for variable in known if "_TLS_" in variable} == set(fields["environment"])
        assert all(PurePosixPath(path).parent == PurePosixPath("/tls") for path in fields["environment"].values())


@pytest.mark.parametrize("stage", DOCKERFILE.stages.values(), ids=lambda stage: stage.name)
def test_what_a_stage_copies_is_there(stage: object) -> None:
    ignore = DockerIgnore.read()
    for copy in DOCKERFILE.stages[stage.name].copies():  # type: ignore[attr-defined]  # parametrize knows no types
        if copy.stage:
            assert copy.stage in DOCKERFILE.stages
            continue
        found = list(sources(copy))
        assert found, copy
        for path in found:
            kept = [path] if path.is_file() else [item for item in path.rglob("*") if item.is_file()]
            assert any(ignore.keeps(PurePosixPath(item.relative_to(ROOT))) for item in kept), f"{path} is ignored"


@pytest.mark.parametrize("target", sorted(PORTS))
def test_images_hold_wheels_of_the_hashed_list_and_no_root(target: str) -> None:
    (install,) = DOCKERFILE.stages[f"{target}-packages"].of("RUN")
    assert "--require-hashes --only-binary :all:" in install
    (requirements,) = DOCKERFILE.stages[f"{target}-packages"].copies()
    assert requirements.sources == (f"requirements/{target}.txt",)
    assert DOCKERFILE.last(target, "USER") == "10001:10001"
    steps = " ".join(step for stage in DOCKERFILE.chain(target) for step in stage.of("RUN"))
    assert not re.search(r"\b(apt|apt-get|pip|gcc|npm)\b", steps)


@pytest.mark.parametrize("target", ["classifier", "store", "chat", "gateway"])
def test_an_image_holds_every_module_of_ours_that_it_may_import(tmp_path: Path, target: str) -> None:
    """Those too that are imported late, in the middle of a call."""
    read_dockerfile().lay_out(target, tmp_path)
    missing = {
        f"{path.relative_to(tmp_path)} imports {name}"
        for folder in ("services", "gateway")
        for path in (tmp_path / folder).rglob("*.py")
        for name in _ours(path)
        if not any((tmp_path / name.replace(".", "/")).with_suffix(suffix).exists() for suffix in ("", ".py"))
    }
    assert not missing


def _ours(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("services.", "gateway.")):
            yield str(node.module)


@pytest_asyncio.fixture(scope="module")
async def empty_database_url(postgres_url: str) -> AsyncIterator[str]:
    """A database for the file's own job to migrate."""
    async with fresh_database(postgres_url, "compose") as url:
        yield url


@pytest_asyncio.fixture(scope="module")
async def composed(tmp_path_factory: pytest.TempPathFactory, empty_database_url: str) -> AsyncIterator[OverTls]:
    """Everything the files start. Coming here at all means that every health check passed, in the files' order."""
    async with composed_services(tmp_path_factory.mktemp("compose"), empty_database_url, OverTls) as running:
        before = _files(running.folder / "images")
        yield running
        assert _files(running.folder / "images") == before, "a process wrote where the image is read-only"


def _files(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


async def test_an_administrator_is_made_logs_in_and_is_answered(composed: Composed) -> None:
    command = [*composed.every["store"].command, "create-user", ADMIN["username"]]
    made = await composed.run("store", command, stdin=f"{ADMIN['password']}\n")
    assert (made.code, made.out) == (0, "margaret can log in as admin\n")
    with pytest.raises(UserRefusedError, match="a user named Margaret exists"):
        await create_user(
            DatabaseOptions(url=composed.database_url), username="Margaret", password="x" * 8, role=Role.VIEWER
        )
    async with httpx.AsyncClient(base_url=composed.url, timeout=60) as http:
        login = await http.post("/api/v1/auth/token", data=ADMIN)
        http.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
        answer = await http.post("/api/v1/chat", json={"text": "how many messages came in yesterday?"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["answer"]
        labelled = await http.post("/api/v1/classify", json={"texts": ["my withdrawal is stuck"]})
        assert labelled.status_code == 200, labelled.text
        page = await http.get("/")
        assert "<title>" in page.text
        told = (await http.get("/api/v1/audit", params={"action": "CreateUser"})).json()["events"]
        assert [(event["actor_kind"], event["actor_id"]) for event in told] == [("service", "operator")]


@pytest.mark.parametrize("name", ["classifier", "store", "chat"])
async def test_a_service_over_tls_answers_who_shows_a_certificate_and_nobody_else(
    composed: OverTls, name: str, tmp_path: Path
) -> None:
    stranger = Authority(folder=tmp_path).files("gateway")
    ours = composed.files("gateway")
    impostor = TlsFiles(certificate=stranger.certificate, key=stranger.key, ca=ours.ca)
    target = f"127.0.0.1:{composed.ports[name]}"
    assert await health(target, ours) == "SERVING"
    assert [await health(target, tls) for tls in (None, impostor, stranger)] == ["UNAVAILABLE"] * 3


async def health(target: str, tls: TlsFiles | None) -> str:
    """What the service says to a caller with these files, or the code of the refusal."""
    async with open_channel(target, tls=tls) as channel:
        try:
            answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=10)
        except grpc.aio.AioRpcError as error:
            return str(error.code().name)
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))


async def test_a_weak_password_is_refused(database_url: str) -> None:
    options = DatabaseOptions(url=database_url)
    with pytest.raises(UserRefusedError, match="password must be at least 8 characters"):
        await create_user(options, username="edsger", password="short", role=Role.VIEWER)


async def test_keys_that_are_there_are_kept(composed: Composed) -> None:
    keys = _files(composed.folder / "keys")
    again = await composed.run("keys")
    assert (again.code, _files(composed.folder / "keys")) == (0, keys), again.err


@pytest.mark.parametrize("name", ["classifier", "gateway"])
async def test_the_health_check_tells_a_port_nobody_has(composed: Composed, name: str) -> None:
    command = [re.sub(r":\d{4,5}\b", ":1", word) for word in composed.every[name].health_command]
    checked = await composed.run(name, command)
    assert checked.code == 1
    assert "is not ready: " in checked.err
