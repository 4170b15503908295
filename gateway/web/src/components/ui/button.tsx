import { type VariantProps, cva } from "class-variance-authority";
import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

const styles = cva(
  "inline-flex items-center justify-center gap-2 rounded-md text-sm font-medium whitespace-nowrap transition-colors disabled:pointer-events-none disabled:opacity-50 [&_svg]:size-4",
  {
    variants: {
      variant: {
        primary: "bg-accent text-on-accent hover:opacity-90",
        outline: "border bg-surface hover:bg-accent-soft",
        ghost: "hover:bg-accent-soft",
        danger: "border border-danger text-danger hover:bg-danger hover:text-surface",
      },
      size: { normal: "h-10 px-4", small: "h-8 px-3", icon: "size-10" },
    },
    defaultVariants: { variant: "primary", size: "normal" },
  },
);

export function Button({
  className,
  variant,
  size,
  type = "button",
  ...props
}: ComponentProps<"button"> & VariantProps<typeof styles>) {
  return <button type={type} className={cn(styles({ variant, size }), className)} {...props} />;
}
