import { expect, it } from "vitest";

import { completeSentences } from "@/chat/sentences";

it("announces whole sentences only", () => {
  expect(completeSentences("There were 3.")).toBe("");
  expect(completeSentences("There were 3.5 a day. Most")).toBe("There were 3.5 a day.");
  expect(completeSentences("Deposits:\n- one")).toBe("Deposits:\n");
});
