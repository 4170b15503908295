import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";

import { AnswerText } from "@/chat/markdown";

const shown = (text: string) => renderToStaticMarkup(<AnswerText text={text} />);

describe("what a model writes", () => {
  it.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>here</a>",
    "[here](javascript:alert(1))",
    "[here][1]\n\n[1]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "![here](https://example.com/pixel.png)",
    "<iframe src='https://example.com'></iframe>",
  ])("is nowhere live: %s", (text) => {
    expect(shown(`Before. ${text}`)).not.toMatch(/<(script|img|a|iframe)\b|href|src=|onerror/i);
    expect(shown(`Before. ${text}`)).toContain("Before.");
  });

  it("keeps its emphasis and its lists", () => {
    expect(shown("**12** messages\n\n- deposit")).toMatch(/<strong>12<\/strong> messages.*<li[^>]*>deposit<\/li>/s);
  });
});
