import { Label } from "radix-ui";
import { type ComponentProps, useId } from "react";

import { cn } from "@/lib/cn";

export const inputStyle =
  "h-10 w-full rounded-md border bg-surface px-3 text-sm placeholder:text-muted disabled:opacity-50";

/** An input with its label. */
export function Field({ label, className, ...props }: ComponentProps<"input"> & { label: string }) {
  const id = useId();
  return (
    <div className="grid gap-1.5">
      <Label.Root htmlFor={id} className="text-sm font-medium">
        {label}
      </Label.Root>
      <input id={id} className={cn(inputStyle, className)} {...props} />
    </div>
  );
}
