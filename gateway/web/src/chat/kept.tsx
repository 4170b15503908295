import type { MemoryEntry } from "@/api/types";
import { useKept } from "@/chat/use-kept";
import { Loaded } from "@/components/loaded";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { DialogDescription, DialogFooter, DialogTitle } from "@/components/ui/dialog";

/** What a conversation keeps: what was told it, and the question that follow-ups build on; each can be forgotten. */
export function Kept({ sessionId }: { sessionId: string }) {
  const { query, forget } = useKept(sessionId);
  const drop = (entryId: string | null) => {
    forget.mutate(entryId);
  };
  return (
    <>
      <DialogTitle>What is kept</DialogTitle>
      <DialogDescription>
        Kept is what you ask for, as in “remember that …” or “I prefer short answers”. What is forgotten stays in the
        conversation for you to read, and no later answer is given with it.
      </DialogDescription>
      <Loaded query={query}>
        {({ entries }) => (
          <>
            <Told
              entries={entries.filter(({ kind }) => kind === "fact" || kind === "preference")}
              disabled={forget.isPending}
              onForget={drop}
            />
            <InForce entry={entries.find(({ kind }) => kind === "filters")} />
            {forget.error ? <ProblemNote error={forget.error} /> : null}
            {entries.length > 0 ? (
              <DialogFooter>
                <Button
                  variant="outline"
                  disabled={forget.isPending}
                  onClick={() => {
                    drop(null);
                  }}
                >
                  Forget everything so far
                </Button>
              </DialogFooter>
            ) : null}
          </>
        )}
      </Loaded>
    </>
  );
}

interface ToldProps {
  entries: MemoryEntry[];
  disabled: boolean;
  onForget: (entryId: string) => void;
}

function Told({ entries, disabled, onForget }: ToldProps) {
  if (entries.length === 0) return <p className="text-sm">Nothing was told to be kept.</p>;
  return (
    <ul className="grid gap-1">
      {entries.map(({ id, text }) => (
        <li key={id} className="flex items-start justify-between gap-3 border-b py-2 text-sm last:border-b-0">
          <span className="min-w-0 py-1 break-words">{text}</span>
          <Button
            variant="ghost"
            size="sm"
            aria-label={`Forget “${text}”`}
            disabled={disabled}
            onClick={() => {
              onForget(id);
            }}
          >
            Forget
          </Button>
        </li>
      ))}
    </ul>
  );
}

function InForce({ entry }: { entry: MemoryEntry | undefined }) {
  if (entry === undefined) return null;
  return (
    <p className="text-sm text-muted-foreground">
      Follow-up questions build on: <span className="text-foreground">{entry.text}</span>
    </p>
  );
}
