import { expect, it } from "vitest";

import { withoutSpikes } from "@/overview/without-spikes";

it("tells a quiet period from one that could not be judged", () => {
  expect(withoutSpikes(240)).toBe("No day out of the ordinary.");
  expect(withoutSpikes(0)).toMatch(/Too little history/);
});
