import { beforeEach, expect, it, vi } from "vitest";

import { forgetReply, recallReply, rememberReply } from "@/chat/running-reply";

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
});

it("keeps the latest reply of each conversation", () => {
  rememberReply("s1", { replyId: "r1", question: "how many?", replaces: null });
  rememberReply("s2", { replyId: "r2", question: "and why?", replaces: null });
  expect(recallReply("s1")).toEqual({ replyId: "r1", question: "how many?", replaces: null });
  expect(recallReply("s3")).toBeNull();
  rememberReply("s1", { replyId: "r3", question: "by day?", replaces: null });
  forgetReply("s1", "r1");
  expect(recallReply("s1")?.replyId).toBe("r3");
  forgetReply("s1", "r3");
  expect(recallReply("s1")).toBeNull();
  expect(recallReply("s2")?.replyId).toBe("r2");
});
