import { describe, expect, it } from "vitest";

import { invitationLink, invitationOf } from "@/auth/invitation-link";

describe("an invitation's link", () => {
  it("brings the token back, and keeps it from the server", () => {
    const token = "earshot_i_a+b/c=&d";
    const link = new URL(invitationLink("https://earshot.example", token));
    expect(link.pathname + link.search).toBe("/app/register");
    expect(invitationOf(link.hash)).toBe(token);
  });

  it("may be missing", () => {
    expect(invitationOf("")).toBe("");
    expect(invitationOf("#else=1")).toBe("");
  });
});
