import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

/** Stands where nothing is yet, and says what would put something there. */
export function Empty({ className, ...props }: ComponentProps<"div">) {
  return (
    <div
      data-slot="empty"
      className={cn(
        "grid justify-items-center gap-2 rounded-lg border border-dashed px-4 py-8 text-center text-sm text-balance text-muted-foreground [&_svg]:size-6",
        className,
      )}
      {...props}
    />
  );
}
