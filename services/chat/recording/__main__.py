"""`python -m services.chat.recording FILE`: runs a recording again, offline, and says whether it comes out the same."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from services.chat.recording.recording import BadRecordingError, read_recording
from services.chat.recording.replay import Replayed, replay


async def _replayed(text: str) -> list[Replayed]:
    return [await replay(turn) for turn in read_recording(text)]


def _report(found: Replayed) -> dict[str, object]:
    return {
        "turn": found.recorded.turn.number,
        "status": found.recorded.turn.status,
        "tokens": len(found.tokens),
        "same_text": found.same_text,
        "same_numbers": found.same_numbers,
        "bound": found.verification.bound,
        "masked": found.verification.masked,
    }


def _said(found: Replayed) -> str:
    same = found.same_text and found.same_numbers
    verdict = "the same" if same else "other text" if not found.same_text else "other numbers"
    return f"turn {found.recorded.turn.number} ({found.recorded.turn.status}): {len(found.tokens)} pieces, {verdict}"


def main(arguments: Sequence[str] | None = None) -> int:
    """0: everything came out the same; 1: something did not; 2: the file is no recording."""
    parser = argparse.ArgumentParser(prog="earshot replay", description="Run a recorded conversation again, offline.")
    parser.add_argument("file", type=Path, help="a file of `earshot record`")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    parser.add_argument("--text", action="store_true", help="print the answers too")
    options = parser.parse_args(arguments)
    try:
        found = asyncio.run(_replayed(options.file.read_text(encoding="utf-8")))
    except (OSError, BadRecordingError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if options.json:
        sys.stdout.write(json.dumps({"turns": [_report(turn) for turn in found]}) + "\n")
    else:
        for turn in found:
            sys.stdout.write(_said(turn) + "\n" + ("".join(turn.tokens) + "\n\n" if options.text else ""))
    return 0 if all(turn.same_text and turn.same_numbers for turn in found) else 1


if __name__ == "__main__":
    sys.exit(main())
