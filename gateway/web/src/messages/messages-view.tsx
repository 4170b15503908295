import { SearchX, Search } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { Loaded } from "@/components/loaded";
import { PageHeader } from "@/components/page-header";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Input } from "@/components/ui/input";
import { FilterBar } from "@/filters/filter-bar";
import { type Filters, readFilters, writeFilters } from "@/filters/filters";
import { MessageList } from "@/messages/message-list";
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
      <PageHeader title="Messages" />
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
      <Input
        type="search"
        aria-label="Search by words or meaning"
        placeholder="Search by words or meaning"
        maxLength={1000}
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
  const query = useMessages(filters, text);
  return (
    <Loaded query={query}>
      {({ pages }) => {
        const messages = pages.flatMap((page) => page.messages);
        if (messages.length === 0) return <Nothing />;
        return (
          <>
            <MessageList messages={messages} data-testid="messages" />
            {query.hasNextPage ? (
              <Button variant="outline" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                {query.isFetchingNextPage ? "Loading …" : "Show more"}
              </Button>
            ) : null}
          </>
        );
      }}
    </Loaded>
  );
}

function Nothing() {
  return (
    <Empty>
      <SearchX aria-hidden /> No message matches. Choose a longer period or fewer filters.
    </Empty>
  );
}
