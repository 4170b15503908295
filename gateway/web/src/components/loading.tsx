/** Stands where something will be in a moment. */
export function Loading() {
  return <div className="h-40 animate-pulse rounded-md bg-accent-soft" role="status" aria-label="Loading" />;
}
