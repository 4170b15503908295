import { ApiProblem } from "@/api/client";

/** What went wrong and what to do, for any error. */
export function ProblemNote({ error }: { error: unknown }) {
  const text = error instanceof Error ? error.message : "Something went wrong.";
  const problem = error instanceof ApiProblem ? error : null;
  return (
    <div role="alert" className="rounded-md border border-danger/40 p-3 text-sm text-danger">
      <p>{text}</p>
      {problem?.hint ? <p className="mt-1">{problem.hint}</p> : null}
      {problem?.requestId ? <p className="mt-1 text-xs text-muted">Request {problem.requestId}</p> : null}
    </div>
  );
}
