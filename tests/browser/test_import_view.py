"""Files on their way in: columns guessed and changed, tried, stored with every row accounted for, gone on with."""

import csv
import uuid
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.browser.steps import examine, opened
from tests.support.browser import visiting
from tests.support.stack import StackRig

ROWS = 40
PLAN = "JSON.parse(localStorage.getItem(Object.keys(localStorage).find((key) => key.startsWith('earshot.import.'))))"


def write_file(folder: Path, mark: str) -> Path:
    """Rows with a semicolon between fields and times as in Germany; the third has no text, the fifth no good time."""
    file = folder / f"export {mark}.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(("Nr", "Was", "Received", "Customer", "Remark"))
        for row in range(1, ROWS + 1):
            text = "" if row == 3 else f"my payout of {row} euro is late ({mark})"
            received = "yesterday" if row == 5 else f"{row % 20 + 1:02}.11.2026 {row % 24:02}:15"
            writer.writerow((row, text, received, f"{mark}-{row}", "none"))
    return file


def lines_of(file: Path) -> list[str]:
    """The lines of a saved file."""
    return file.read_text(encoding="utf-8").splitlines()


async def store_beginning(inbox: StackRig, plan: dict[str, str], file: Path) -> None:
    """Stores the first twelve rows under the page's plan: as much as had arrived when the import was cut."""
    form = {"import_id": plan["importId"], "timestamp": plan["startedAt"], "source": plan["source"]}
    files = {"file": (file.name, "\n".join(lines_of(file)[:12]))}
    assert (await inbox.http.post("/api/v1/import", data=form, files=files)).json()["created"] == 12


async def tried(page: Page, file: Path) -> None:
    """Chooses the file and has it tried."""
    await page.get_by_label("File of messages").set_input_files(file)
    await page.get_by_role("button", name="Try it, store nothing").click()


async def test_a_file_is_mapped_tried_and_stored_with_every_row_accounted_for(
    chromium: Browser, inbox: StackRig, tmp_path: Path
) -> None:
    mark = uuid.uuid4().hex[:6]
    async with visiting(chromium, inbox.stack.url, timezone_id="Europe/Berlin") as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await opened(page, "Import")
        await examine(visitor, "import-wide-light")
        await page.get_by_label("File of messages").set_input_files(write_file(tmp_path, mark))
        await expect(page.get_by_label("Customer")).to_have_value("Customer")
        await expect(page.get_by_role("button", name="Try it, store nothing")).to_be_disabled()
        await page.get_by_label("Text", exact=True).select_option("Was")
        await page.get_by_label("Time", exact=True).select_option("Received")
        await page.get_by_label("Times are written").select_option(label="31.12.2026 14:30")
        await examine(visitor, "import-columns-wide-light")
        await page.get_by_role("button", name="Try it, store nothing").click()
        dry_run = page.get_by_test_id("dry-run")
        await expect(dry_run).to_contain_text(f"{ROWS - 2} of {ROWS} rows can be stored.")
        await expect(dry_run.get_by_role("row")).to_have_count(3)
        await expect(dry_run.get_by_text("who wrote")).to_have_count(0)
        await page.get_by_label("Customer").select_option("not in the file")
        await page.get_by_role("button", name="Try it, store nothing").click()
        await expect(dry_run).to_contain_text(f"{ROWS - 2} rows do not say who wrote them")
        await page.get_by_label("Customer").select_option("Customer")
        await page.get_by_role("button", name="Try it, store nothing").click()
        await dry_run.get_by_role("button", name="Check first").click()
        judged = dry_run.get_by_test_id("server-check")
        said = f"{ROWS - 2} would be stored, 0 are stored already, 2 would be left out."
        await expect(judged.get_by_role("status")).to_have_text(said)
        await expect(judged.get_by_role("row")).to_have_count(3)
        assert (await inbox.http.get(f"/api/v1/messages?user_id={mark}-1")).json()["messages"] == []
        await dry_run.get_by_role("button", name=f"Import {ROWS - 2} rows").click()
        run = page.get_by_test_id("run")
        await expect(run.get_by_role("status")).to_have_text("Completed")
        await expect(run.get_by_test_id("run-stored")).to_have_text(str(ROWS - 2))
        await expect(run.get_by_test_id("run-left out")).to_have_text("2")
        await expect(run.get_by_role("row")).to_have_count(3)
        await examine(visitor, "import-completed-wide-light")
        async with page.expect_download() as download:
            await run.get_by_role("button", name="Save all 2 as CSV").click()
        await (await download.value).save_as(tmp_path / "errors.csv")
        assert [line.partition(",")[0] for line in lines_of(tmp_path / "errors.csv")] == ["row", "3", "5"]
        stored = (await inbox.http.get(f"/api/v1/messages?user_id={mark}-1")).json()["messages"][0]
        assert stored["timestamp"] == "2026-11-02T00:15:00Z"


async def test_an_export_comes_back_without_a_word_about_its_columns(
    chromium: Browser, inbox: StackRig, tmp_path: Path
) -> None:
    mark = f"back-{uuid.uuid4().hex[:6]}"
    said = [
        {"text": text, "source": mark, "user_id": "ana", "timestamp": "2026-11-02T00:15:00Z"}
        for text in ("=1+1 is not my balance", "where is my payout")
    ]
    assert (await inbox.http.post("/api/v1/messages?wait=20", json={"messages": said})).status_code == 201
    file = tmp_path / "messages.csv"
    file.write_bytes((await inbox.http.get(f"/api/v1/export?source={mark}")).content)
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await opened(page, "Import")
        await tried(page, file)
        await expect(page.get_by_text("An export of Earshot")).to_be_visible()
        await expect(page.get_by_label("Customer")).to_be_disabled()
        await page.get_by_role("button", name="Import 2 rows").click()
        run = page.get_by_test_id("run")
        await expect(run.get_by_test_id("run-there before")).to_have_text("2")
        await expect(run.get_by_test_id("run-stored")).to_have_text("0")


async def test_an_import_that_was_cut_goes_on_after_a_reload_and_stores_no_row_twice(
    chromium: Browser, inbox: StackRig, tmp_path: Path
) -> None:
    mark = uuid.uuid4().hex[:6]
    file = tmp_path / f"{mark}.jsonl"
    file.write_text("".join(f'{{"text": "no answer yet {mark} {row}"}}\n' for row in range(20)), encoding="utf-8")
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await opened(page, "Import")
        await page.route("**/api/v1/import", lambda route: route.abort())
        await tried(page, file)
        await page.get_by_role("button", name="Import 20 rows").click()
        await expect(page.get_by_role("alert")).to_contain_text("The connection broke.")
        await examine(visitor, "import-broken-wide-light")
        await page.unroute_all()
        await store_beginning(inbox, await page.evaluate(PLAN), file)
        await page.reload()
        await tried(page, file)
        await expect(page.get_by_text("did not come to its end")).to_be_visible()
        await page.get_by_role("button", name="Go on").click()
        run = page.get_by_test_id("run")
        await expect(run.get_by_role("status")).to_have_text("Completed")
        await expect(run.get_by_test_id("run-stored")).to_have_text("8")
        await expect(run.get_by_test_id("run-there before")).to_have_text("12")
        await run.get_by_role("button", name="Another file").click()
        await tried(page, file)
        await expect(page.get_by_text("stores no row twice")).to_be_visible()
        await page.get_by_role("button", name="Import 20 rows").click()
        await expect(run.get_by_test_id("run-there before")).to_have_text("20")
        await expect(run.get_by_test_id("run-stored")).to_have_text("0")
        assert all("ERR_FAILED" in fault for fault in visitor.faults)
        visitor.faults.clear()
