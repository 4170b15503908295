import { type VariantProps, cva } from "class-variance-authority";
import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

const alertVariants = cva("grid gap-1 rounded-md border p-3 text-sm", {
  variants: {
    variant: {
      default: "bg-card",
      destructive: "border-destructive/40 bg-card text-destructive",
      warning: "border-transparent bg-warning text-warning-foreground",
    },
  },
  defaultVariants: { variant: "default" },
});

export function Alert({ className, variant, ...props }: ComponentProps<"div"> & VariantProps<typeof alertVariants>) {
  return <div data-slot="alert" role="alert" className={cn(alertVariants({ variant }), className)} {...props} />;
}
