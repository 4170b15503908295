import { Search } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { Loading } from "@/components/loading";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { inputStyle } from "@/components/ui/field";
import { FilterBar } from "@/filters/filter-bar";
import { type Filters, readFilters, writeFilters } from "@/filters/filters";
import { MessageItem } from "@/messages/message-item";
import { useMessages } from "@/messages/use-messages";

/** The messages behind the figures: listed, or searched by what they mean. */
export function MessagesView() {
  const [parameters, setParameters] = useSearchParams();
  const filters = readFilters(parameters);
  const text = parameters.get("text") ?? "";
  const show = (next: Filters, words: string) => {
    const written = writeFilters(next);
    if (words) written.set("text", words);
    setParameters(written);
  };
  return (
    <div className="mx-auto grid max-w-4xl grid-cols-[minmax(0,1fr)] gap-4">
      <h1 className="text-2xl font-semibold">Messages</h1>
      <SearchBox
        key={text}
        text={text}
        onSearch={(words) => {
          show(filters, words);
        }}
      />
      <FilterBar
        filters={filters}
        onChange={(next) => {
          show(next, text);
        }}
      />
      <Results filters={filters} text={text} />
    </div>
  );
}

function SearchBox({ text, onSearch }: { text: string; onSearch: (text: string) => void }) {
  const [words, setWords] = useState(text);
  return (
    <form
      role="search"
      className="flex gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(words.trim());
      }}
    >
      <input
        type="search"
        aria-label="Search by words or meaning"
        placeholder="Search by words or meaning"
        maxLength={1000}
        className={inputStyle}
        value={words}
        onChange={({ target }) => {
          setWords(target.value);
        }}
      />
      <Button type="submit" size="icon" aria-label="Search">
        <Search aria-hidden />
      </Button>
    </form>
  );
}

function Results({ filters, text }: { filters: Filters; text: string }) {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useMessages(filters, text);
  if (error) return <ProblemNote error={error} />;
  if (!data) return <Loading />;
  const messages = data.pages.flatMap((page) => page.messages);
  if (messages.length === 0)
    return <p className="text-muted">No message matches. Choose a longer period or fewer filters.</p>;
  return (
    <>
      <ul className="grid gap-3" data-testid="messages">
        {messages.map((message) => (
          <li key={message.id}>
            <Card>
              <MessageItem message={message} />
            </Card>
          </li>
        ))}
      </ul>
      {hasNextPage ? (
        <Button
          variant="outline"
          disabled={isFetchingNextPage}
          onClick={() => {
            void fetchNextPage();
          }}
        >
          {isFetchingNextPage ? "Loading…" : "Show more"}
        </Button>
      ) : null}
    </>
  );
}
