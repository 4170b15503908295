import type { ComponentProps, ReactNode } from "react";
import { Link } from "react-router";

import { useReadsMessages } from "@/account/use-me";
import { type Filters, writeFilters } from "@/filters/filters";

interface Props extends Omit<ComponentProps<typeof Link>, "to"> {
  filters: Filters;
  className?: string;
  children: ReactNode;
}

/** Leads from a figure to the messages it counts, for those who may read them. */
export function MessagesLink({ filters, className, children, ...rest }: Props) {
  if (!useReadsMessages()) return <span className={className}>{children}</span>;
  return (
    <Link {...rest} to={{ pathname: "/app/messages", search: writeFilters(filters).toString() }} className={className}>
      {children}
    </Link>
  );
}
