import { describe, expect, it } from "vitest";

import { actionName, keyName, labelName, languageName, measured, valueName } from "@/lib/format";

describe("format", () => {
  it("leaves what is no code of a language as it is", () => {
    expect(valueName("language", "e_n!")).toBe("e_n!");
    expect(valueName("language", "xx")).toBe("xx");
    expect(languageName("de", "en")).toBe("German");
  });
  it("reads labels, hours and shares as people do", () => {
    expect(labelName("game_issue")).toBe("game issue");
    expect(actionName("ListReviewQueue")).toBe("List review queue");
    expect(keyName("hour", "09")).toBe("09:00");
    expect(measured(0.125, "share")).toMatch(/12[.,]5\s?%/);
    expect(measured(1200, "message_count")).toMatch(/1.?200/);
  });
});
