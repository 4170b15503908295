import { describe, expect, it } from "vitest";

import { changeOf, choiceOf, codesOf } from "@/account/workspace";

describe("languages", () => {
  it("are the deployment's, every one, or some", () => {
    expect(choiceOf({ codes: ["en"], origin: "deployment" })).toBe("deployment");
    expect(choiceOf({ codes: [], origin: "workspace" })).toBe("every");
    expect(choiceOf({ codes: ["en"], origin: "workspace" })).toBe("some");
  });
  it("are typed with commas or blanks", () => {
    expect(codesOf(" EN, fr  sl,en ")).toEqual(["en", "fr", "sl"]);
    expect(codesOf(" ")).toEqual([]);
  });
});

it("what is left empty is the deployment's again", () => {
  expect(changeOf("some", "en, fr", " Be kind. ")).toEqual({
    accepted_languages: ["en", "fr"],
    system_prompt: "Be kind.",
  });
  expect(changeOf("every", "en", "")).toEqual({ accepted_languages: [], system_prompt: null });
  expect(changeOf("deployment", "en", " ")).toEqual({ accepted_languages: null, system_prompt: null });
});
