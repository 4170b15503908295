"""The Helm chart: rendered by helm, each resource held to Kubernetes' own schemas, and to our images and settings.

helm comes in a wheel and so does Kubernetes' OpenAPI; no cluster is needed.
"""

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # has no types
import pytest
import yaml

from gateway.settings import GatewaySettings
from services.chat.settings import ChatSettings
from services.classifier.settings import ClassifierSettings
from services.runtime.keys import PRIVATE_KEY_FILE, PUBLIC_KEY_FILE
from services.runtime.make_keys import SERVICE_TOKEN_FILE
from services.runtime.settings import RuntimeSettings, describe
from services.store.settings import StoreSettings
from tests.support.dockerfile import read_dockerfile

CHART = Path(__file__).resolve().parents[2] / "deploy" / "helm" / "earshot"
HELM = Path(sys.executable).parent / "helm"
KUBERNETES = "1.32"
SETTINGS: dict[str, type[RuntimeSettings]] = {
    "classifier": ClassifierSettings,
    "store": StoreSettings,
    "chat": ChatSettings,
    "gateway": GatewaySettings,
}
OPERATORS = {"cert-manager.io", "postgresql.cnpg.io", "monitoring.coreos.com", "external-secrets.io", "keda.sh"}
"""Groups whose schemas belong to operators, not to Kubernetes."""
EVERYTHING = (
    "autoscaling.keda.enabled=true",
    "autoscaling.keda.prometheus=http://prometheus:9090",
    "ingress.enabled=true",
    "ingress.host=earshot.example",
    "ingress.proxies=10.0.0.0/8",
    "ingress.tlsSecret=tls",
    "keys.external.enabled=true",
    "keys.external.key=earshot",
    "keys.external.store.name=vault",
    "llm.secret=model",
    "llm.baseUrl=http://models:8000/v1",
    "llm.model=a-model",
    "tls.enabled=true",
    "tls.issuer.name=inside",
    "traces.endpoint=http://collector:4317",
)
VARIANTS = {
    "plain": (),
    "everything": EVERYTHING,
    "given": ("postgres.secret=db", "redis.secret=cache", "networkPolicy.enabled=false", "autoscaling.enabled=false"),
}


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([HELM, *arguments], capture_output=True, text=True, check=False)


@cache
def rendered(variant: str) -> list[dict[str, Any]]:
    values = [word for value in VARIANTS[variant] for word in ("--set", value)]
    done = helm("template", "here", str(CHART), *values)
    assert done.returncode == 0, done.stderr
    return [resource for resource in yaml.safe_load_all(done.stdout) if resource]


def of_kind(variant: str, kind: str) -> dict[str, Any]:
    return {item["metadata"]["name"]: item for item in rendered(variant) if item["kind"] == kind}


def container(variant: str, name: str) -> dict[str, Any]:
    (found,) = of_kind(variant, "Deployment")[f"here-{name}"]["spec"]["template"]["spec"]["containers"]
    return dict(found)


def test_helm_finds_nothing_to_complain_about() -> None:
    done = helm("lint", "--strict", str(CHART))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_resource_is_what_kubernetes_takes(variant: str) -> None:
    for resource in rendered(variant):
        group = resource["apiVersion"].partition("/")[0]
        if group in OPERATORS:
            assert resource["spec"], resource["metadata"]
        else:
            kubernetes_validate.validate(resource, KUBERNETES, strict=True)


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_processes_get_settings_they_have_and_all_they_need(variant: str, name: str) -> None:
    given = {item["name"] for item in container(variant, name)["env"]} - {"TMPDIR"}
    rows = {row.variable: row for row in describe(SETTINGS[name])}
    assert given <= set(rows)
    assert {variable for variable, row in rows.items() if row.default == "(required)"} <= given


@pytest.mark.parametrize("name", SETTINGS)
def test_ports_and_users_are_those_of_the_image(name: str) -> None:
    image = read_dockerfile()
    ports = {port["name"]: port["containerPort"] for port in container("plain", name)["ports"]}
    assert str(ports["http" if name == "gateway" else "grpc"]) == image.last(name, "EXPOSE")
    assert str(ports.get("metrics", 9464)) == image.environment(name)["EARSHOT_METRICS_PORT"]
    pod = of_kind("plain", "Deployment")[f"here-{name}"]["spec"]["template"]["spec"]
    assert f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" == image.last(name, "USER")
    assert container("plain", name)["securityContext"]["readOnlyRootFilesystem"] is True


def test_the_signing_key_is_for_the_gateway_alone() -> None:
    seen = {}
    for name in SETTINGS:
        pod = of_kind("plain", "Deployment")[f"here-{name}"]["spec"]["template"]["spec"]
        (keys,) = (volume["secret"]["items"] for volume in pod["volumes"] if volume["name"] == "keys")
        seen[name] = {item["key"] for item in keys}
    assert {name for name, keys in seen.items() if PRIVATE_KEY_FILE in keys} == {"gateway"}
    assert {name for name, keys in seen.items() if SERVICE_TOKEN_FILE in keys} == {"gateway", "store"}
    assert all(PUBLIC_KEY_FILE in keys for keys in seen.values())


def test_services_of_grpc_are_headless_so_that_calls_are_spread() -> None:
    services = of_kind("plain", "Service")
    assert {name for name, item in services.items() if item["spec"].get("clusterIP") == "None"} == {
        "here-classifier",
        "here-store",
        "here-chat",
    }


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_gateway_is_taken_out_for_a_service_that_is_away(variant: str) -> None:
    """T37: `/readyz` answers 503 where one service is; a probe of it would take the routes of all others along."""
    asked = container(variant, "gateway")["readinessProbe"]["httpGet"]
    assert asked == {"path": "/healthz", "port": "http"}


@pytest.mark.parametrize("name", SETTINGS)
def test_no_process_is_ended_for_having_much_to_do(name: str) -> None:
    """T24: one with as many connections or calls as it takes refuses more of them; those that it has go on."""
    assert container("plain", name)["livenessProbe"]["tcpSocket"] == {"port": "http" if name == "gateway" else "grpc"}


def test_with_tls_every_process_has_a_certificate_for_the_name_it_is_called_by() -> None:
    certificates = {item["spec"]["secretName"]: item["spec"] for item in of_kind("everything", "Certificate").values()}
    called = {
        item["value"] for name in SETTINGS for item in container("everything", name)["env"] if "ADDRESS" in item["name"]
    }
    for name in SETTINGS:
        files = {item["name"]: item.get("value") for item in container("everything", name)["env"]}
        assert files["EARSHOT_TLS_CERTIFICATE_FILE"] == "/tls/tls.crt"
        pod = of_kind("everything", "Deployment")[f"here-{name}"]["spec"]["template"]["spec"]
        (secret,) = (volume["secret"]["secretName"] for volume in pod["volumes"] if volume["name"] == "tls")
        assert {"server auth", "client auth"} <= set(certificates[secret]["usages"])
        if name != "gateway":
            (dns_name,) = certificates[secret]["dnsNames"]
            assert any(address.rpartition(":")[0].endswith(dns_name) for address in called), (dns_name, called)
            assert "exec" in container("everything", name)["readinessProbe"]
            assert "grpc" in container("plain", name)["readinessProbe"]


def test_without_tls_nobody_is_given_any() -> None:
    assert not of_kind("plain", "Certificate")
    assert not [item for name in SETTINGS for item in container("plain", name)["env"] if "TLS" in item["name"]]


def test_who_may_call_whom() -> None:
    policies = of_kind("plain", "NetworkPolicy")

    def callers(name: str) -> set[str]:
        sources = [peer for rule in policies[f"here-{name}"]["spec"]["ingress"] for peer in rule.get("from", [])]
        names = [
            peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for peer in sources if "podSelector" in peer
        ]
        return {found.removeprefix("earshot-") for found in names}

    assert callers("chat") == {"gateway"}
    assert callers("store") == {"gateway", "chat"}
    assert callers("redis") == {"gateway", "chat"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (("postgres.cluster.enabled=false",), "set postgres.secret"),
        (("redis.single.enabled=false",), "set redis.secret"),
        (("ingress.enabled=true",), "ingress.host is needed"),
        (("processes.store.replicas=many",), "replicas"),
        (("processes.stroe.replicas=2",), "stroe"),
    ],
)
def test_wrong_values_are_refused_with_what_to_do(values: tuple[str, ...], said: str) -> None:
    done = helm("template", "here", str(CHART), *(word for value in values for word in ("--set", value)))
    assert done.returncode != 0
    assert said in done.stderr
