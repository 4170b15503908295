import type { ComponentProps, ReactNode } from "react";

import { cn } from "@/lib/cn";

/** Things one below the other, each with a name, what is known of it, and what can be done with it. */
export function RecordList({ className, ...props }: ComponentProps<"ul">) {
  return <ul className={cn("grid divide-y", className)} {...props} />;
}

interface RecordItemProps {
  title: ReactNode;
  /** Lines below the title. */
  details?: ReactNode;
  /** Badges and buttons at the end. */
  children?: ReactNode;
}

export function RecordItem({ title, details, children }: RecordItemProps) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-2.5 text-sm first:pt-0 last:pb-0">
      <div className="grid min-w-0 gap-0.5">
        <p className="font-medium wrap-anywhere">{title}</p>
        {details}
      </div>
      <div className="flex flex-wrap items-center gap-2">{children}</div>
    </li>
  );
}
