import { useInfiniteQuery } from "@tanstack/react-query";

import { api, dataOf } from "@/api/client";
import type { Message } from "@/api/types";
import { type Filters, listFilters, periodsOf, statsFilters, writeFilters } from "@/filters/filters";
import { zone } from "@/lib/format";

const PAGE_SIZE = 50;

interface Page {
  /** When the first page was asked for: tokens belong to one list, whose period ends then. */
  now: string;
  messages: Message[];
  next: string | null;
}

/** Messages under the filters, newest first; with a text those nearest in meaning or words, best first. */
export function useMessages(filters: Filters, text: string) {
  return useInfiniteQuery({
    queryKey: ["messages", writeFilters(filters).toString(), text],
    queryFn: async ({ pageParam: { now, token } }): Promise<Page> => {
      const first = now || new Date().toISOString();
      const { range } = periodsOf(filters, new Date(first));
      return { now: first, ...(await (text ? found(filters, text, range, token) : listed(filters, range, token))) };
    },
    initialPageParam: { now: "", token: "" },
    getNextPageParam: ({ now, next }) => (next ? { now, token: next } : undefined),
  });
}

type Range = ReturnType<typeof periodsOf>["range"];

async function listed(filters: Filters, range: Range, token: string): Promise<Omit<Page, "now">> {
  const query = { ...range, ...listFilters(filters), page_size: PAGE_SIZE, page_token: token };
  const page = dataOf(await api.GET("/api/v1/messages", { params: { query } }));
  return { messages: page.messages, next: page.next_page_token };
}

async function found(filters: Filters, text: string, range: Range, token: string): Promise<Omit<Page, "now">> {
  const asked = { text, range, filters: statsFilters(filters), time_zone: zone() };
  const body = { ...asked, page_size: PAGE_SIZE, page_token: token };
  const page = dataOf(await api.POST("/api/v1/messages:search", { body: body as never }));
  return { messages: page.messages, next: page.next_page_token };
}
