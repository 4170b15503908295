import { Ellipsis, MessagesSquare, Plus } from "lucide-react";
import { type SubmitEvent, useState } from "react";
import { Link } from "react-router";

import type { Session } from "@/api/types";
import { Kept } from "@/chat/kept";
import { useSessionChanges, useSessions } from "@/chat/use-sessions";
import { InputField } from "@/components/form-field";
import { Loaded } from "@/components/loaded";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogTitle,
  DialogTrigger,
} from "@/components/ui/dialog";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { cn } from "@/lib/cn";
import { textOf } from "@/lib/form";
import { dayOf } from "@/lib/format";

interface Props {
  current: string | undefined;
  onNew: () => void;
}

/** One's conversations: at the side of a wide screen, behind a button on a narrow one. */
export function Sessions({ current, onNew }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <div className="md:sticky md:top-6 md:max-h-[calc(100dvh-3rem)] md:self-start md:overflow-y-auto">
      <div className="flex gap-2 md:mb-2 md:grid">
        <Button variant="outline" onClick={onNew}>
          <Plus aria-hidden /> New question
        </Button>
        <Dialog open={open} onOpenChange={setOpen}>
          <DialogTrigger asChild>
            <Button variant="outline" className="md:hidden">
              <MessagesSquare aria-hidden /> Conversations
            </Button>
          </DialogTrigger>
          <DialogContent side="bottom" aria-describedby={undefined}>
            <DialogTitle>Conversations</DialogTitle>
            <SessionList
              current={current}
              onGone={onNew}
              onChoose={() => {
                setOpen(false);
              }}
            />
          </DialogContent>
        </Dialog>
      </div>
      <div className="max-md:hidden">
        <SessionList current={current} onGone={onNew} />
      </div>
    </div>
  );
}

interface ListProps {
  current: string | undefined;
  /** The conversation that is looked at was deleted. */
  onGone: () => void;
  onChoose?: () => void;
}

function SessionList({ current, onGone, onChoose }: ListProps) {
  const query = useSessions();
  return (
    <nav aria-label="Conversations">
      <Loaded query={query}>
        {({ pages }) => {
          const sessions = pages.flatMap((page) => page.sessions);
          if (sessions.length === 0)
            return <p className="px-2 text-sm text-muted-foreground">What you ask stands here.</p>;
          return (
            <ul className="grid gap-0.5">
              {sessions.map((session) => (
                <Entry
                  key={session.id}
                  session={session}
                  current={session.id === current}
                  onGone={onGone}
                  onChoose={onChoose}
                />
              ))}
            </ul>
          );
        }}
      </Loaded>
      {query.hasNextPage ? (
        <Button
          variant="ghost"
          size="sm"
          disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Show more
        </Button>
      ) : null}
    </nav>
  );
}

interface EntryProps {
  session: Session;
  current: boolean;
  onGone: () => void;
  onChoose: (() => void) | undefined;
}

function Entry({ session, current, onGone, onChoose }: EntryProps) {
  const [doing, setDoing] = useState<"rename" | "kept" | "delete" | null>(null);
  const name = session.title || "New conversation";
  const done = () => {
    setDoing(null);
  };
  return (
    <li className={cn("flex items-center rounded-md hover:bg-accent", current && "bg-accent")}>
      <Link
        to={`/app/chat/${session.id}`}
        aria-current={current ? "page" : undefined}
        className="grid min-w-0 flex-1 rounded-md px-2.5 py-1.5 text-sm"
        onClick={onChoose}
      >
        <span className="truncate">{name}</span>
        <span className="text-xs text-muted-foreground">{session.updated_at ? dayOf(session.updated_at) : ""}</span>
      </Link>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button variant="ghost" size="icon-sm" className="text-muted-foreground" aria-label={`More on ${name}`}>
            <Ellipsis aria-hidden />
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="end">
          <DropdownMenuItem
            onSelect={() => {
              setDoing("rename");
            }}
          >
            Rename
          </DropdownMenuItem>
          <DropdownMenuItem
            onSelect={() => {
              setDoing("kept");
            }}
          >
            What is kept
          </DropdownMenuItem>
          <DropdownMenuItem
            className="text-destructive"
            onSelect={() => {
              setDoing("delete");
            }}
          >
            Delete
          </DropdownMenuItem>
        </DropdownMenuContent>
      </DropdownMenu>
      <Dialog open={doing !== null} onOpenChange={done}>
        <DialogContent {...(doing === "kept" ? {} : { "aria-describedby": undefined })}>
          {doing === "kept" ? <Kept sessionId={session.id} /> : null}
          {doing === "rename" ? <Rename session={session} onDone={done} /> : null}
          {doing === "delete" ? (
            <Delete
              session={session}
              onDone={() => {
                done();
                if (current) onGone();
              }}
            />
          ) : null}
        </DialogContent>
      </Dialog>
    </li>
  );
}

interface DoingProps {
  session: Session;
  onDone: () => void;
}

function Rename({ session, onDone }: DoingProps) {
  const { rename } = useSessionChanges();
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    rename.mutate({ id: session.id, title: textOf(event.currentTarget, "title").trim() }, { onSuccess: onDone });
  };
  return (
    <form className="grid gap-4" onSubmit={submit}>
      <DialogTitle>Rename the conversation</DialogTitle>
      <InputField label="Title" name="title" required maxLength={200} defaultValue={session.title} />
      {rename.error ? <ProblemNote error={rename.error} /> : null}
      <DialogFooter>
        <Button type="submit" disabled={rename.isPending}>
          Save
        </Button>
      </DialogFooter>
    </form>
  );
}

function Delete({ session, onDone }: DoingProps) {
  const { remove } = useSessionChanges();
  return (
    <>
      <DialogTitle>Delete the conversation?</DialogTitle>
      <DialogDescription>
        “{session.title || "New conversation"}” goes with all its questions and answers.
      </DialogDescription>
      {remove.error ? <ProblemNote error={remove.error} /> : null}
      <DialogFooter>
        <Button
          variant="destructive"
          disabled={remove.isPending}
          onClick={() => {
            remove.mutate(session.id, { onSuccess: onDone });
          }}
        >
          Delete it
        </Button>
      </DialogFooter>
    </>
  );
}
