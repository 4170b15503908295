import type { WorkspaceChange, WorkspaceSettings } from "@/api/types";

/** Which languages are classified: those of the deployment, every one, or some. */
export type LanguageChoice = "deployment" | "every" | "some";

/** What is chosen now. */
export function choiceOf({ codes, origin }: WorkspaceSettings["accepted_languages"]): LanguageChoice {
  if (origin === "deployment") return "deployment";
  return codes.length > 0 ? "some" : "every";
}

/** Codes of languages as they are typed, each once. */
export function codesOf(text: string): string[] {
  return [...new Set(text.toLowerCase().split(/[\s,]+/))].filter(Boolean);
}

/** What a form that is filled in so asks for; without a prompt, the deployment's is in force. */
export function changeOf(choice: LanguageChoice, codes: string, prompt: string): WorkspaceChange {
  const accepted = { deployment: null, every: [], some: codesOf(codes) }[choice];
  return { accepted_languages: accepted, system_prompt: prompt.trim() || null };
}
