import { ApiProblem } from "@/api/client";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";

/** What went wrong and what to do, for any error; `onRetry` offers to do it again. */
export function ProblemNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const text = error instanceof Error ? error.message : "Something went wrong.";
  const problem = error instanceof ApiProblem ? error : null;
  return (
    <Alert variant="destructive">
      <p>{text}</p>
      {problem?.hint ? <p>{problem.hint}</p> : null}
      {problem?.requestId ? <p className="text-xs text-muted-foreground">Request {problem.requestId}</p> : null}
      {onRetry ? (
        <Button size="sm" variant="outline" className="mt-1 w-fit text-foreground" onClick={onRetry}>
          Try again
        </Button>
      ) : null}
    </Alert>
  );
}
