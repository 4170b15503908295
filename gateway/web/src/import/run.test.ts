import { describe, expect, it } from "vitest";

import { advanced, begun, donePercent } from "@/import/run";
import type { Plan } from "@/import/plans";

const run = begun({} as File, {} as Plan, 200);

describe("an import", () => {
  it("is sent, stored row by row, and completed", () => {
    const half = advanced(run, { type: "sent", bytes: 50, size: 100 });
    expect(half.phase).toBe("sending");
    expect(donePercent(half)).toBe(16);
    const sent = advanced(half, { type: "sent", bytes: 100, size: 100 });
    expect(sent.phase).toBe("storing");
    const some = { rows: 100, created: 90, existing: 8, failed: 2 };
    const stored = advanced(sent, { type: "progress", ...some, errors: [{ row: 7, message: "empty" }] });
    expect(stored).toMatchObject(some);
    expect(donePercent(stored)).toBe(66);
    const more = advanced(stored, { type: "progress", ...some, errors: [{ row: 9, message: "empty" }] });
    expect(more.errors.map(({ row }) => row)).toEqual([7, 9]);
    const done = advanced(more, { type: "completed", rows: 200, created: 190, existing: 8, failed: 2, errors: [] });
    expect(done.phase).toBe("completed");
    expect(donePercent(done)).toBe(100);
  });
  it("says why it broke off, and what to do", () => {
    const broken = advanced(run, { type: "failed", message: "The store is away.", hint: "Send it again." });
    expect(broken).toMatchObject({ phase: "broken", problem: "The store is away. Send it again." });
  });
});
