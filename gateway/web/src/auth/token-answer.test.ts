import { describe, expect, it } from "vitest";

import { isDue, loginOf } from "@/auth/token-answer";

const answer = (seconds: number) => ({ access_token: "a", refresh_token: "r", expires_in: seconds });

describe("a renewal", () => {
  it("is due in the last minutes of a long life", () => {
    const login = loginOf("one", answer(43_200), 0);
    expect(login).toMatchObject({ id: "one", accessToken: "a", refreshToken: "r", expiresAt: 43_200_000 });
    expect(isDue(login, 43_000_000)).toBe(false);
    expect(isDue(login, 43_100_000)).toBe(true);
  });
  it("is due in the last third of a short one", () => {
    const login = loginOf("one", answer(30), 0);
    expect(isDue(login, 15_000)).toBe(false);
    expect(isDue(login, 21_000)).toBe(true);
    expect(isDue(login, 31_000)).toBe(true);
  });
});
