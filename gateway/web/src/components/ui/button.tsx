import { type VariantProps, cva } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

const buttonVariants = cva(
  "inline-flex shrink-0 items-center justify-center gap-2 rounded-md text-sm font-medium whitespace-nowrap transition-colors disabled:pointer-events-none disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        default: "bg-primary text-primary-foreground hover:bg-primary/90",
        outline: "border bg-card hover:bg-accent",
        secondary: "bg-muted hover:bg-accent",
        ghost: "hover:bg-accent",
        destructive: "border border-destructive text-destructive hover:bg-destructive hover:text-card",
        link: "text-primary underline-offset-4 hover:underline",
      },
      size: { default: "h-10 px-4", sm: "h-8 px-3", icon: "size-10", "icon-sm": "size-8" },
    },
    compoundVariants: [{ variant: "link", class: "h-auto px-0" }],
    defaultVariants: { variant: "default", size: "default" },
  },
);

interface Props extends ComponentProps<"button">, VariantProps<typeof buttonVariants> {
  asChild?: boolean;
}

export function Button({ className, variant, size, type = "button", asChild = false, ...props }: Props) {
  const styles = cn(buttonVariants({ variant, size }), className);
  if (asChild) return <Slot.Root data-slot="button" className={styles} {...props} />;
  return <button data-slot="button" type={type} className={styles} {...props} />;
}
