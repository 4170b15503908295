"""Mutual TLS of the runtime: who may call whom, certificates replaced while a server runs, half a configuration."""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest

from services.runtime.channel import open_channel
from services.runtime.healthcheck import EXIT_NOT_READY, EXIT_READY
from services.runtime.service_token import ServiceToken
from services.runtime.settings import BadSettingsError, RuntimeSettings, load_settings
from services.runtime.tls import TlsFiles
from tests.support.certificates import Authority
from tests.support.probe import Handlers, ProbeStub, Rig, eventually, running_probe, text


def environment(files: TlsFiles) -> dict[str, str]:
    return {
        "EARSHOT_TLS_CERTIFICATE_FILE": str(files.certificate),
        "EARSHOT_TLS_KEY_FILE": str(files.key),
        "EARSHOT_TLS_CA_FILE": str(files.ca),
    }


@asynccontextmanager
async def guarded_probe(folder: Path, files: TlsFiles) -> AsyncIterator[Rig]:
    """The probe behind mutual TLS."""
    given = {f"tls_{name}_file": getattr(files, name) for name in ("certificate", "key", "ca")}
    async with running_probe(folder, Handlers(), **given) as rig:
        yield rig


async def said(rig: Rig, tls: TlsFiles | None) -> str:
    """What the probe answers a caller with these files, or the code of the refusal."""
    target = f"localhost:{rig.server.port}"
    async with open_channel(target, service_token=ServiceToken(value=rig.token()), tls=tls) as channel:
        try:
            answer = await ProbeStub(channel).read(text("heard"), timeout=10)
        except grpc.aio.AioRpcError as error:
            return str(error.code().name)
    return str(answer.value)


async def serial(rig: Rig, tls: TlsFiles) -> str:
    """The serial number of the certificate that a new connection is shown."""
    context = ssl.create_default_context(cafile=tls.ca)
    context.load_cert_chain(tls.certificate, tls.key)
    context.set_alpn_protocols(["h2"])
    _, writer = await asyncio.open_connection("localhost", rig.server.port, ssl=context)
    shown = writer.get_extra_info("peercert")["serialNumber"]
    writer.close()
    return str(shown)


async def test_both_sides_show_a_certificate_of_the_authority(tmp_path: Path) -> None:
    ours, theirs = Authority(folder=tmp_path / "ours"), Authority(folder=tmp_path / "theirs")
    stranger = theirs.files("chat")
    impostor = TlsFiles(certificate=stranger.certificate, key=stranger.key, ca=tmp_path / "ours" / "ca.pem")
    async with guarded_probe(tmp_path, ours.files("localhost")) as rig:
        assert await said(rig, ours.files("chat")) == "heard"
        assert await said(rig, None) == "UNAVAILABLE"
        assert await said(rig, impostor) == "UNAVAILABLE"
        assert await said(rig, stranger) == "UNAVAILABLE"


async def test_a_server_with_another_name_is_not_talked_to(tmp_path: Path) -> None:
    ours = Authority(folder=tmp_path / "ours")
    async with guarded_probe(tmp_path, ours.files("store")) as rig:
        assert await said(rig, ours.files("chat")) == "UNAVAILABLE"


async def test_a_token_is_needed_all_the_same(tmp_path: Path) -> None:
    ours = Authority(folder=tmp_path / "ours")
    async with (
        guarded_probe(tmp_path, ours.files("localhost")) as rig,
        open_channel(f"localhost:{rig.server.port}", tls=ours.files("chat")) as channel,
    ):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await ProbeStub(channel).read(text("heard"))
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_replaced_certificates_count_from_the_next_handshake_on(tmp_path: Path) -> None:
    ours = Authority(folder=tmp_path / "ours")
    files, caller = ours.files("localhost"), ours.files("chat")
    async with guarded_probe(tmp_path, files) as rig:
        first = await serial(rig, caller)
        key = files.key.read_bytes()
        ours.files("localhost")
        second = await serial(rig, caller)
        assert second != first
        assert await said(rig, caller) == "heard"
        files.key.write_bytes(key)  # no longer the certificate's
        assert await serial(rig, caller) == second
        assert await said(rig, caller) == "heard"


@pytest.mark.parametrize("trusted", [True, False])
async def test_the_health_check_asks_over_tls(tmp_path: Path, *, trusted: bool) -> None:
    ours, theirs = Authority(folder=tmp_path / "ours"), Authority(folder=tmp_path / "theirs")
    async with guarded_probe(tmp_path, ours.files("store")) as rig:
        await eventually(lambda: rig.metric("earshot_serving", grpc_service="") == 1)
        asked = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.runtime.healthcheck", rig.target),
            env=environment((ours if trusted else theirs).files("store")),
        )
        assert await asked.wait() == (EXIT_READY if trusted else EXIT_NOT_READY)


def problem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: dict[str, str]) -> str:
    key = tmp_path / "public.pem"
    key.write_text("key")
    monkeypatch.setenv("EARSHOT_PUBLIC_KEY_FILE", str(key))
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(BadSettingsError) as caught:
        load_settings(RuntimeSettings)
    return str(caught.value)


def test_half_a_configuration_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = environment(Authority(folder=tmp_path).files("store"))
    del given["EARSHOT_TLS_KEY_FILE"]
    assert "also set EARSHOT_TLS_KEY_FILE, or none of the three" in problem(monkeypatch, tmp_path, given)


def test_a_key_of_another_certificate_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ours = Authority(folder=tmp_path)
    mixed = TlsFiles(certificate=ours.files("a").certificate, key=ours.files("b").key, ca=tmp_path / "ca.pem")
    said = problem(monkeypatch, tmp_path, environment(mixed))
    assert f"the key in {tmp_path / 'b.key'} does not belong to the certificate in {tmp_path / 'a.pem'}" in said


@pytest.mark.parametrize("which", ["certificate", "key", "ca"])
def test_a_file_that_is_none_is_named(which: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    files = Authority(folder=tmp_path).files("store")
    getattr(files, which).write_text("canary of a secret")
    said = problem(monkeypatch, tmp_path, environment(files))
    assert f"{getattr(files, which)} holds no PEM" in said
    assert "canary" not in said


def test_without_files_services_speak_plainly(tmp_path: Path) -> None:
    key = tmp_path / "public.pem"
    key.write_text("key")
    assert RuntimeSettings(public_key_file=key).tls is None
