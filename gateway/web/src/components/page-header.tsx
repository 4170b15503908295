import type { ReactNode } from "react";

/** The name of a view, what it is for, and what can be done there. */
export function PageHeader({ title, children, actions }: { title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
      <div className="grid gap-1">
        <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
        {children ? <p className="max-w-2xl text-sm text-muted-foreground">{children}</p> : null}
      </div>
      {actions}
    </header>
  );
}
