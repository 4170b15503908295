import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

/** A table in a region of its own, which scrolls where the screen is too narrow; `label` says what it holds. */
export function Table({ className, label, ...props }: ComponentProps<"table"> & { label: string }) {
  return (
    <div role="region" aria-label={label} tabIndex={0} className="relative w-full overflow-auto">
      <table data-slot="table" className={cn("w-full text-sm tabular-nums", className)} {...props} />
    </div>
  );
}

export function TableHead({ className, ...props }: ComponentProps<"th">) {
  return (
    <th
      scope="col"
      className={cn("py-1.5 pr-4 text-left font-medium whitespace-nowrap text-muted-foreground last:pr-0", className)}
      {...props}
    />
  );
}

export function TableRow({ className, ...props }: ComponentProps<"tr">) {
  return <tr className={cn("border-t", className)} {...props} />;
}

export function TableCell({ className, ...props }: ComponentProps<"td">) {
  return <td className={cn("py-1.5 pr-4 align-top last:pr-0", className)} {...props} />;
}
