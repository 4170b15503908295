import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { ProblemNote } from "@/components/problem-note";
import { Skeleton } from "@/components/ui/skeleton";

interface Props<T> {
  query: Pick<UseQueryResult<T>, "data" | "error" | "refetch">;
  /** Shape of what will stand here. */
  waiting?: ReactNode;
  children: (data: T) => ReactNode;
}

/** What a query brought; before that a shape of it, and where it failed why, with a way to try again. */
export function Loaded<T>({ query: { data, error, refetch }, waiting = <Waiting />, children }: Props<T>) {
  return (
    <>
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {data === undefined ? (error ? null : waiting) : children(data)}
    </>
  );
}

/** Stands where something will be in a moment. */
export function Waiting({ className = "h-40" }: { className?: string }) {
  return <Skeleton className={className} role="status" aria-label="Loading" />;
}
