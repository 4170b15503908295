import { Sparkles } from "lucide-react";

import type { CategoryProposal } from "@/api/types";
import { useProposals } from "@/categories/use-categories";
import { Loaded, Waiting } from "@/components/loaded";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardDescription, CardTitle } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { whole } from "@/lib/format";

const SHOWN_TEXTS = 3;

/** Topics that no category covers; `onAccept` begins a category with one. */
export function Proposals({ onAccept }: { onAccept: ((id: string) => void) | null }) {
  const proposals = useProposals();
  return (
    <Card>
      <CardTitle className="mb-1">Proposals</CardTitle>
      <CardDescription className="mb-4">
        Topics among the messages that no category covers, or of which the model was not sure.
      </CardDescription>
      <Loaded query={proposals} waiting={<Waiting className="h-64" />}>
        {(found) => (
          <>
            {found.proposals.length === 0 ? (
              <Empty>
                <Sparkles aria-hidden /> No topic stands out among {whole(found.considered)} uncovered messages.
              </Empty>
            ) : null}
            <ul className="grid gap-3 xl:grid-cols-2" data-testid="proposals">
              {found.proposals.map((proposal) => (
                <Proposal key={proposal.id} proposal={proposal} onAccept={onAccept} />
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </Card>
  );
}

function Proposal({ proposal, onAccept }: { proposal: CategoryProposal; onAccept: ((id: string) => void) | null }) {
  const words = proposal.keywords.slice(0, 6);
  return (
    <li className="grid content-start gap-3 rounded-lg border p-3 text-sm">
      <div className="flex items-start justify-between gap-2">
        <div className="flex flex-wrap gap-1.5">
          {words.map((word) => (
            <Badge key={word} variant="accent">
              {word}
            </Badge>
          ))}
        </div>
        <span className="shrink-0 text-xs text-muted-foreground tabular-nums">{whole(proposal.messages)} messages</span>
      </div>
      <ul className="grid gap-1.5 text-muted-foreground">
        {proposal.exemplars.slice(0, SHOWN_TEXTS).map(({ id, text }) => (
          <li key={id} className="line-clamp-2 border-l-2 pl-2 wrap-anywhere">
            {text}
          </li>
        ))}
      </ul>
      {onAccept ? (
        <Button
          size="sm"
          variant="outline"
          className="w-fit"
          aria-label={`Make it a category: ${words.join(", ")}`}
          onClick={() => {
            onAccept(proposal.id);
          }}
        >
          Make it a category
        </Button>
      ) : null}
    </li>
  );
}
