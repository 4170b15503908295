import { SearchX, Search } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { Loaded } from "@/components/loaded";
import { PageHeader } from "@/components/page-header";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Input } from "@/components/ui/input";
import { FilterBar } from "@/filters/filter-bar";
import { type Asked, readAsked, writeAsked } from "@/messages/asked";
import { MessageList } from "@/messages/message-list";
import { useMessages } from "@/messages/use-messages";

/** The messages behind the figures: listed, or searched by what they mean. */
export function MessagesView() {
  const [parameters, setParameters] = useSearchParams();
  const asked = readAsked(parameters);
  const { filters, text, customersOnly } = asked;
  const show = (next: Partial<Asked>) => {
    setParameters(writeAsked({ ...asked, ...next }));
  };
  return (
    <div className="mx-auto grid max-w-4xl grid-cols-[minmax(0,1fr)] gap-4">
      <PageHeader title="Messages" />
      <SearchBox
        key={text}
        text={text}
        onSearch={(words) => {
          show({ text: words });
        }}
      />
      <FilterBar
        filters={filters}
        onChange={(next) => {
          show({ filters: next });
        }}
      >
        <Button
          size="sm"
          variant={customersOnly ? "default" : "outline"}
          aria-pressed={customersOnly}
          title="Figures count what customers wrote; answers of agents and bots are in none."
          onClick={() => {
            show({ customersOnly: !customersOnly });
          }}
        >
          Customers only
        </Button>
      </FilterBar>
      <Results asked={asked} />
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

function Results({ asked }: { asked: Asked }) {
  const query = useMessages(asked);
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
