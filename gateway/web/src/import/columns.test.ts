import { describe, expect, it } from "vitest";

import { guessed, guessedFormat, isExport } from "@/import/columns";
import { problemOfRow } from "@/import/dry-run";

describe("a mapping", () => {
  it("is guessed from the names, each column once", () => {
    const mapping = guessed(["ID", "Message", "Created At", "Customer", "channel"]);
    expect(mapping).toMatchObject({
      text_column: "Message",
      timestamp_column: "Created At",
      user_column: "Customer",
      source_column: "channel",
      external_id_column: "ID",
      conversation_column: "",
    });
    expect(guessed(["body"]).text_column).toBe("body");
    expect(guessed(["what"]).text_column).toBe("");
  });
  it("knows an export of Earshot by its columns", () => {
    const exported = "id,external_id,source,user_id,timestamp,conversation_id,author,text,created_at,status".split(",");
    expect(isExport([...exported, "category", "labelled_by", "labelled_at"])).toBe(true);
    expect(isExport(exported)).toBe(false);
  });
  it("knows how times are written", () => {
    expect(guessedFormat(["2026-03-01T09:30:00Z", "2026-03-01 09:30", "1764547200"])).toBe("");
    expect(guessedFormat(["31.12.2026 14:30", ""])).toBe("%d.%m.%Y %H:%M");
    expect(guessedFormat(["yesterday"])).toBe("");
  });
});

describe("a dry run", () => {
  const mapping = { ...guessed(["text", "time", "author"]) };
  const row = (values: Record<string, string>) => ({ number: 1, values, problem: "" });
  it("finds nothing wrong with a good row", () => {
    expect(problemOfRow(row({ text: "hello", time: "2026-03-01 09:30", author: "agent" }), mapping, "")).toBe("");
  });
  it("says what is wrong", () => {
    expect(problemOfRow(row({ text: " ", time: "" }), mapping, "")).toBe("the text is empty");
    expect(problemOfRow(row({ text: "hello", time: "" }), mapping, "")).toBe("the time is empty");
    expect(problemOfRow(row({ text: "hello", time: "soon" }), mapping, "")).toContain("soon");
    expect(problemOfRow(row({ text: "hello", time: "2026-03-01", author: "robot" }), mapping, "")).toContain("author");
    expect(problemOfRow({ number: 2, values: {}, problem: "is not JSON" }, mapping, "")).toBe("is not JSON");
  });
});
