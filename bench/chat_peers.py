"""LiteLLM's proxy before the bench's upstream, installed from PyPI into an environment of its own on the first run."""

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
import venv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
import openai

from bench.chat_upstream import FAST
from deploy.local.servers import free_port

VERSION: Final = "1.106.2"
"""Named exactly: releases of this package have carried a stealer of credentials (1.82.7 and 1.82.8)."""

HOME: Final = Path(os.environ.get("BENCH_PEERS_HOME", Path(tempfile.gettempdir()) / "earshot-bench-peers"))
_READY_SECONDS: Final = 120


@asynccontextmanager
async def litellm_proxy(base_url: str) -> AsyncIterator[openai.AsyncOpenAI]:
    """An openai client of a running proxy whose one model is the bench's upstream."""
    program = await asyncio.to_thread(_installed)
    port, key = free_port(), f"sk-{secrets.token_urlsafe(32)}"
    with tempfile.TemporaryDirectory(prefix="earshot-bench-litellm-") as folder:
        process = await asyncio.create_subprocess_exec(
            program,
            "--config",
            _configuration(Path(folder), base_url, key),
            "--port",
            str(port),
            "--host",
            "127.0.0.1",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "HOME": folder, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        )
        try:
            await _ready(process, f"http://127.0.0.1:{port}/health/liveliness")
            async with openai.AsyncOpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key=key, max_retries=0) as sdk:
                yield sdk
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def _installed() -> str:
    folder = HOME / f"litellm-{VERSION}"
    program = folder / "bin" / "litellm"
    if not program.exists():
        venv.create(folder, with_pip=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", f"litellm[proxy]=={VERSION}"]
        subprocess.run(pip, check=True, stdout=sys.stderr)
    return str(program)


def _configuration(folder: Path, base_url: str, key: str) -> str:
    upstream = {"model": f"openai/{FAST}", "api_base": base_url, "api_key": "key"}
    file = folder / "config.yaml"
    models = [{"model_name": FAST, "litellm_params": upstream}]
    # JSON is YAML. Without a key of some strength it does not start.
    settings = {"model_list": models, "general_settings": {"master_key": key}}
    file.write_text(json.dumps(settings), encoding="utf-8")
    return str(file)


async def _ready(process: asyncio.subprocess.Process, url: str) -> None:
    async with asyncio.timeout(_READY_SECONDS), httpx.AsyncClient() as client:
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"LiteLLM ended with code {process.returncode}")
            try:
                if (await client.get(url)).is_success:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.2)
