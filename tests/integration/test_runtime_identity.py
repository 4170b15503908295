"""Every service port verifies the caller itself (T51, T53, T55): what gets past, what does not, who is passed on."""

from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from services.runtime.auth import Identity, Role, TokenSigner
from services.runtime.call_context import call_scope, current_identity, require_role
from services.runtime.channel import open_channel
from services.runtime.errors import ErrorReason
from services.runtime.keys import generate_keys
from services.runtime.service_token import ServiceToken
from services.runtime.status import from_rpc_error
from tests.support.probe import ADMIN, PROBE, Context, Handlers, ProbeStub, running_probe, text

VIEWER = Identity(user_id="u-2", workspace_id="default", role=Role.VIEWER, name="Vi")


async def who(_request: StringValue, _context: Context) -> StringValue:
    caller = current_identity()
    return text(f"{caller.user_id}@{caller.workspace_id} {caller.role}")


async def admins_only(_request: StringValue, _context: Context) -> StringValue:
    return text(require_role(Role.ADMIN).user_id)


async def refusal(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value.code(), from_rpc_error(caught.value).reason


async def test_direct_calls_without_a_good_token_are_refused(tmp_path: Path) -> None:
    stranger = TokenSigner.from_file(generate_keys(tmp_path / "stranger").private_key)
    async with running_probe(tmp_path, Handlers(read=who)) as rig:
        expired = rig.signer.sign(ADMIN, lifetime_seconds=-3600)
        cases = {
            "": ErrorReason.TOKEN_MISSING,
            "Bearer": ErrorReason.TOKEN_MISSING,
            "Basic dTpw": ErrorReason.TOKEN_MISSING,
            rig.token(): ErrorReason.TOKEN_MISSING,
            "Bearer letmein": ErrorReason.TOKEN_INVALID,
            f"Bearer {rig.token()}==": ErrorReason.TOKEN_INVALID,
            f"Bearer {stranger.sign(ADMIN)}": ErrorReason.TOKEN_INVALID,
            f"Bearer {expired}": ErrorReason.TOKEN_EXPIRED,
        }
        stub = rig.stub(token="")
        for authorization, reason in cases.items():
            metadata = (("authorization", authorization),)
            assert await refusal(stub.read(text("x"), metadata=metadata)) == (grpc.StatusCode.UNAUTHENTICATED, reason)
        for call in (stub.write(text("x")), stub.collect(iter([text("x")])), stub.stream(text("x")).read()):
            assert await refusal(call) == (grpc.StatusCode.UNAUTHENTICATED, ErrorReason.TOKEN_MISSING)


async def test_forged_internal_metadata_changes_nothing(tmp_path: Path) -> None:
    forged = (
        ("x-tenant-id", "other"),
        ("x-workspace-id", "other"),
        ("x-user-id", "root"),
        ("x-role", "admin"),
        ("role", "admin"),
    )
    async with running_probe(tmp_path, Handlers(read=who, write=admins_only)) as rig:
        stub = rig.stub(token=rig.token(VIEWER))
        assert (await stub.read(text("x"), metadata=forged)).value == "u-2@default viewer"
        assert await refusal(stub.write(text("x"), metadata=forged)) == (
            grpc.StatusCode.PERMISSION_DENIED,
            ErrorReason.ROLE_MISSING,
        )
        assert await refusal(rig.stub(token="").read(text("x"), metadata=forged)) == (
            grpc.StatusCode.UNAUTHENTICATED,
            ErrorReason.TOKEN_MISSING,
        )


async def test_two_authorizations_are_not_mixed(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers(read=who)) as rig:
        good, bad = f"Bearer {rig.token(VIEWER)}", "Bearer letmein"
        stub = rig.stub(token="")
        for pair in ((good, bad), (bad, good)):
            code, _ = await refusal(stub.read(text("x"), metadata=[("authorization", value) for value in pair]))
            assert code is grpc.StatusCode.UNAUTHENTICATED


async def test_an_unsound_request_id_is_replaced(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers()) as rig:
        call = rig.stub().read(text("x"), metadata=(("x-request-id", "x" * 500),))
        await call
        answered = (await call.trailing_metadata())["x-request-id"]
    assert len(answered) == 36


async def test_health_and_reflection_need_no_token(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers()) as rig:
        channel = rig.channel(token="")
        health = health_pb2_grpc.HealthStub(channel)
        served = await health.Check(health_pb2.HealthCheckRequest())
        assert served.status == health_pb2.HealthCheckResponse.SERVING
        reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        [answer] = [answer async for answer in reflection.ServerReflectionInfo(iter([request]))]
        assert PROBE in {service.name for service in answer.list_services_response.service}


async def test_a_caller_is_passed_on_and_a_service_speaks_for_itself_elsewhere(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers(read=who)) as rig:
        service = ServiceToken(value=rig.signer.sign_service("gateway"))
        async with open_channel(rig.target, service_token=service) as channel:
            stub = ProbeStub(channel)
            assert (await stub.read(text("x"))).value == "service:gateway@ service"
            with call_scope(request_id="r", identity=VIEWER, bearer_token=rig.token(VIEWER)):
                assert (await stub.read(text("x"))).value == "u-2@default viewer"
            assert (await stub.read(text("x"))).value == "service:gateway@ service"
        async with open_channel(rig.target, service_token=service, forward_caller=False) as channel:
            with call_scope(request_id="r", identity=VIEWER, bearer_token=rig.token(VIEWER)):
                assert (await ProbeStub(channel).read(text("x"))).value == "service:gateway@ service"
