import { useInfiniteQuery } from "@tanstack/react-query";

import { api, dataOf } from "@/api/client";
import type { Message } from "@/api/types";
import { listFilters, periodsOf, statsFilters } from "@/filters/filters";
import { zone } from "@/lib/format";
import { type Asked, writeAsked } from "@/messages/asked";

const PAGE_SIZE = 50;

interface Page {
  /** When the first page was asked for: tokens belong to one list, whose period ends then. */
  now: string;
  messages: Message[];
  next: string | null;
}

/** The messages asked for, newest first; with a text those nearest in meaning or words, best first. */
export function useMessages(asked: Asked) {
  return useInfiniteQuery({
    queryKey: ["messages", writeAsked(asked).toString()],
    queryFn: async ({ pageParam: { now, token } }): Promise<Page> => {
      const first = now || new Date().toISOString();
      const { range } = periodsOf(asked.filters, new Date(first));
      return { now: first, ...(await (asked.text ? found : listed)(asked, range, token)) };
    },
    initialPageParam: { now: "", token: "" },
    getNextPageParam: ({ now, next }) => (next ? { now, token: next } : undefined),
  });
}

type Range = ReturnType<typeof periodsOf>["range"];

async function listed(asked: Asked, range: Range, page_token: string): Promise<Omit<Page, "now">> {
  const query = { ...range, ...listFilters(asked.filters), author: authors(asked), page_size: PAGE_SIZE, page_token };
  const page = dataOf(await api.GET("/api/v1/messages", { params: { query } }));
  return { messages: page.messages, next: page.next_page_token };
}

async function found(asked: Asked, range: Range, page_token: string): Promise<Omit<Page, "now">> {
  const looked = { text: asked.text, range, filters: statsFilters(asked.filters), time_zone: zone() };
  const body = { ...looked, authors: authors(asked), page_size: PAGE_SIZE, page_token };
  const page = dataOf(await api.POST("/api/v1/messages:search", { body: body as never }));
  return { messages: page.messages, next: page.next_page_token };
}

/** Whose messages; none: whoever wrote them. */
const authors = ({ customersOnly }: Asked): Message["author"][] => (customersOnly ? ["customer"] : []);
